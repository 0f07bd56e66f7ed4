"""From drafts to what people see and what is counted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

from django.db import transaction
from django.db.models import QuerySet

from attendance.models import PlannedShift
from attendance.services.planned import people_lock, planned_publish
from common import audit
from employees.models import Employee, User
from planning.access import check_plans
from planning.models import OpenShift, PlanChange
from planning.signals import plan_published

Day = tuple[int, date]


def plan_publish(
    *, people: Sequence[Employee], first: date, last: date, by: User, offered: QuerySet[OpenShift] | None = None
) -> int:
    """Publish the drafts of these people's days, and these open shifts of them; the number of days and open shifts.

    Raises ``PlanRefused`` and ``PeriodLocked``.
    """
    check_plans(by, [one.pk for one in people])
    with transaction.atomic():
        people_lock([one.pk for one in people])
        drafts = PlannedShift.objects.filter(
            state=PlannedShift.State.DRAFT, employee__in=[one.pk for one in people], day__gte=first, day__lte=last
        )
        days: dict[Day, list[PlannedShift]] = defaultdict(list)
        gone = []
        for row in drafts.order_by("pk"):
            gone.append(row.pk)
            rows = days[row.employee_id, row.day]
            if row.kind != PlannedShift.Kind.PATTERN:
                rows.append(row)
        opened = 0
        if offered is not None:
            drawn = offered.filter(state=OpenShift.State.DRAFT, day__gte=first, day__lte=last)
            opened = OpenShift.objects.filter(pk__in=list(drawn.values_list("pk", flat=True))).update(
                state=OpenShift.State.PUBLISHED
            )
        PlannedShift.objects.filter(pk__in=gone).delete()
        days_publish(days=days, by=by)
        # What is published is not undone from here: people have seen it.
        PlanChange.objects.filter(user=by).delete()
        if opened:
            audit.record(
                "plan.open_shifts", object="plan", details={"count": opened, "from": f"{first}", "to": f"{last}"}
            )
        return len(days) + opened


def days_publish(*, days: Mapping[Day, Sequence[PlannedShift]], by: User | None) -> None:
    """Publish these rows on their days, record it for each person, and tell whoever listens.

    Called in a transaction that holds the people. Raises ``PeriodLocked``.
    """
    if not days:
        return
    planned_publish(days=days)
    people, dates = {person for person, _day in days}, {day for _person, day in days}
    drafts = PlannedShift.objects.filter(state=PlannedShift.State.DRAFT, employee__in=people, day__in=dates)
    # A draft of before would take back what is given here, once somebody publishes the week.
    gone = [key for key, *day in drafts.values_list("pk", "employee_id", "day") if tuple(day) in days]
    PlannedShift.objects.filter(pk__in=gone).delete()
    touched: dict[int, list[date]] = defaultdict(list)
    for person, day in sorted(days):
        touched[person].append(day)
    numbers = dict(Employee.objects.filter(pk__in=touched).values_list("pk", "number"))
    names = dict(
        PlannedShift.objects.published()
        .filter(employee__in=touched, day__in={day for _person, day in days})
        .exclude(shift=None)
        .values_list("shift_id", "shift__name")
    )
    for person, changed in touched.items():
        said = {f"{day}": _said(days[person, day], names) for day in changed}
        audit.record("plan.published", subject=numbers.get(person, ""), object="plan", details={"days": said})
    plan_published.send(PlannedShift, days=dict(touched), by=by)


def _said(rows: Sequence[PlannedShift], names: Mapping[int, str]) -> str:
    """The names of a day's shifts; ``free``, or ``assigned`` where nothing takes the place of the assignments."""
    if not rows:
        return "assigned"
    return ", ".join(names.get(row.shift_id, "") for row in rows if row.shift_id is not None) or "free"
