"""Published days of the plan: the one place that writes what takes the place of the assignments."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

from django.db import transaction

from attendance.invalidation import REACH, invalidate
from attendance.models import PlannedShift
from attendance.services.changes import days_check_open
from employees.models import Employee

Day = tuple[int, date]
"""A person and one of their days."""


def people_lock(keys: Sequence[int]) -> None:
    """Hold these people's plans until the transaction ends; always in one order, so that two never wait crosswise."""
    list(Employee.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk").values_list("pk"))


def planned_publish(*, days: Mapping[Day, Sequence[PlannedShift]]) -> None:
    """Have these rows count on their days, in place of what was published before; none: as the assignments say.

    Called in a transaction that holds the people. Raises ``PeriodLocked`` where a day lies in a closed period.
    """
    if not days:
        return
    with transaction.atomic():
        days_check_open(days={day for _person, day in days})
        people, dates = {person for person, _day in days}, {day for _person, day in days}
        before = PlannedShift.objects.published().filter(employee__in=people, day__in=dates)
        gone = [key for key, *day in before.values_list("pk", "employee_id", "day") if tuple(day) in days]
        PlannedShift.objects.filter(pk__in=gone).delete()
        for rows in days.values():
            for row in rows:
                row.pk, row.state, row._state.adding = None, PlannedShift.State.PUBLISHED, True
        PlannedShift.objects.bulk_create([row for rows in days.values() for row in rows], batch_size=500)
        _mark(days)


def _mark(days: Mapping[Day, object]) -> None:
    """Count the days again: a mark a person, from the first day that changes to the last."""
    touched: dict[int, list[date]] = defaultdict(list)
    for person, day in days:
        touched[person].append(day)
    spans: dict[tuple[date, date], list[int]] = defaultdict(list)
    for person, found in touched.items():
        spans[min(found) - REACH, max(found) + REACH].append(person)
    for (first, last), people in spans.items():
        invalidate(people, first, last)
