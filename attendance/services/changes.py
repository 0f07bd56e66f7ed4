"""Which days a change of punches changes, and whether they may still change."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db.models import Q
from django.utils import formats
from django.utils.translation import gettext as _

from attendance.invalidation import REACH
from attendance.models import ClockEvent, Period, PeriodApproval
from attendance.refusals import AttendanceRefused
from attendance.rules.calculate import calculate
from attendance.rules.worked import Punch
from attendance.selectors.plans import PlanBook, punches_for
from employees.models import Employee


def days_changed(*, employee: Employee, without: Iterable[str] = (), added: Iterable[Punch] = ()) -> list[date]:
    """The days whose result changes when the punches with these keys go and these come."""
    gone, new = set(without), list(added)
    first, last = _window(employee, gone, new)
    punches = punches_for([employee], first, last).get(employee.pk, [])
    book = PlanBook([employee], first, last)
    before = calculate(book.of(employee), punches, first=first, last=last, explain=False)
    kept = [one for one in punches if one.key not in gone] + new
    after = calculate(book.of(employee), kept, first=first, last=last, explain=False)
    return [
        old.figures.day
        for old, changed in zip(before, after, strict=True)
        if (old.figures, old.intervals) != (changed.figures, changed.intervals)
    ]


def days_check_open(*, days: Iterable[date]) -> None:
    """Raise ``AttendanceRefused`` (``period_locked``) where one of the days lies in a locked period.

    The rows of the periods stay locked to the end of the transaction: nobody locks a period while its days change.
    """
    wanted = sorted(set(days))
    if not wanted:
        return
    periods = Period.objects.select_for_update().filter(first__lte=wanted[-1], last__gte=wanted[0]).order_by("first")
    for period in periods:
        inside = [day for day in wanted if period.first <= day <= period.last]
        if inside and period.state == Period.State.LOCKED:
            raise AttendanceRefused(
                "period_locked",
                _("%(day)s is in a closed period. HR can reopen it.")
                % {"day": formats.date_format(inside[0], "DATE_FORMAT")},
            )


def approvals_take_back(*, employee: Employee, days: Iterable[date]) -> None:
    """What was approved has changed: the person and the manager look again."""
    touched = Q(pk__in=[])
    for day in days:
        touched |= Q(period__first__lte=day, period__last__gte=day)
    PeriodApproval.objects.filter(touched, employee=employee, period__state=Period.State.OPEN).delete()


def _window(employee: Employee, gone: set[str], new: list[Punch]) -> tuple[date, date]:
    moments: list[datetime] = [one.at for one in new]
    moments += ClockEvent.objects.filter(pk__in=gone).values_list("at", flat=True)
    days = [one.astimezone(employee.zone).date() for one in moments]
    return min(days) - REACH, max(days) + REACH + timedelta(days=1)
