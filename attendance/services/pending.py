"""Counting ahead how much overtime of open periods waits for a decision: for the checklist of thousands of people.

Only where a policy asks for decisions. Whoever takes away a mark, or decides, says in the same transaction that the
person's row is due; a worker counts what is due, and who has no row yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.db import transaction
from django.db.models import Min
from django.utils import timezone

from attendance.models import PendingOvertime, Period, WorkPolicy
from attendance.selectors.locked import people_between
from attendance.selectors.timesheets import WEEK, timesheets
from employees.models import Employee

PEOPLE = 50


def pending_mark(spans: Iterable[tuple[int, date, date]]) -> None:
    """Have the pending overtime of those people's open periods counted again that these days touch."""
    marks = list(spans)
    if not marks:
        return
    due, rows = timezone.now(), []
    for period in _open_periods(min(first for _key, first, _last in marks)):
        touched = {key for key, first, last in marks if first <= period.last and last >= period.first - WEEK}
        rows += [PendingOvertime(employee_id=key, period=period, due_at=due) for key in sorted(touched)]
    _store(rows, replace=True)


def pending_refresh(*, now: datetime | None = None) -> int:
    """Count what is due, some people at a time; the number counted. Safe to run twice, and by two workers."""
    PendingOvertime.objects.filter(period__state=Period.State.LOCKED).delete()
    total = 0
    for period in _open_periods(date.min):
        there = PendingOvertime.objects.filter(period=period)
        people = people_between(Employee.objects.all(), period.first, period.last).order_by()
        new = people.exclude(pk__in=there.values("employee")).values_list("pk", flat=True)
        due = timezone.now()
        _store([PendingOvertime(employee_id=key, period=period, due_at=due) for key in sorted(new)], replace=False)
        while rows := list(there.exclude(due_at=None).order_by("employee_id")[:PEOPLE]):
            _count(period, rows, now or timezone.now())
            total += len(rows)
    return total


def _open_periods(since: date) -> list[Period]:
    """Those that end on this day or later and in which somebody decides about overtime; two statements."""
    begun = WorkPolicy.objects.filter(approve_overtime=True).aggregate(first=Min("valid_from"))["first"]
    return list(Period.objects.filter(state=Period.State.OPEN, last__gte=max(since, begun))) if begun else []


def _count(period: Period, rows: Sequence[PendingOvertime], now: datetime) -> None:
    """Counted outside a transaction; what is due again since stays so. All lock rows in the order of the people."""
    people = Employee.objects.filter(pk__in=[one.employee_id for one in rows])
    sheets = timesheets(employees=people, first=period.first, last=period.last, now=now)
    seconds = {one.employee.pk: one.overtime.pending_total for one in sheets}
    due = {row.pk: row.due_at for row in rows}
    with transaction.atomic():
        locked = PendingOvertime.objects.select_for_update().filter(pk__in=due).order_by("employee_id")
        counted = [row for row in locked if row.due_at == due[row.pk]]
        for row in counted:
            row.seconds, row.due_at = seconds.get(row.employee_id, 0), None
        PendingOvertime.objects.bulk_update(counted, ["seconds", "due_at"])


def _store(rows: list[PendingOvertime], *, replace: bool) -> None:
    PendingOvertime.objects.bulk_create(
        rows,
        batch_size=1000,
        update_conflicts=replace,
        ignore_conflicts=not replace,
        unique_fields=["period", "employee"] if replace else None,
        update_fields=["due_at"] if replace else None,
    )
