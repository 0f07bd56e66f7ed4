"""Which days a change of punches changes, and whether they may still change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from attendance.invalidation import REACH
from attendance.models import ClockEvent, Period, PeriodApproval
from attendance.refusals import PeriodLocked
from attendance.rules.calculate import calculate
from attendance.rules.worked import Punch
from attendance.selectors.plans import PlanBook, punches_for
from attendance.wording import span_text
from common.jobs import enqueue
from employees.employment import history
from employees.models import Employee

Worked = Mapping[date, tuple[int, int]]
"""Days that change, with the seconds worked before and after."""


def days_changed(*, employee: Employee, without: Iterable[str] = (), added: Iterable[Punch] = ()) -> Worked:
    """The days whose result changes when the punches with these keys go and these come."""
    gone, new = set(without), list(added)
    first, last = _window(employee, gone, new)
    punches = punches_for([employee], first, last).get(employee.pk, [])
    book = PlanBook([employee], first, last)
    before = calculate(book.of(employee), punches, first=first, last=last, explain=False)
    kept = [one for one in punches if one.key not in gone] + new
    after = calculate(book.of(employee), kept, first=first, last=last, explain=False)
    return {
        old.figures.day: (old.figures.worked, changed.figures.worked)
        for old, changed in zip(before, after, strict=True)
        if (old.figures, old.intervals) != (changed.figures, changed.intervals)
    }


def days_check_open(*, days: Iterable[date] | Worked) -> None:
    """Raise ``PeriodLocked`` where one of the days lies in a locked period; it says what would have changed.

    The rows of the periods stay locked to the end of the transaction: nobody locks a period while its days change.
    """
    wanted = sorted(set(days))
    if not wanted:
        return
    periods = Period.objects.select_for_update().filter(first__lte=wanted[-1], last__gte=wanted[0]).order_by("first")
    for period in periods:
        inside = [day for day in wanted if period.first <= day <= period.last]
        if inside and period.state == Period.State.LOCKED:
            raise _locked(inside[0], days[inside[0]] if isinstance(days, Mapping) else (0, 0))


def _locked(day: date, worked: tuple[int, int]) -> PeriodLocked:
    then, now = worked
    said = {"day": formats.date_format(day, "DATE_FORMAT"), "then": span_text(then), "now": span_text(now)}
    if then == now:
        words = _("%(day)s is in a closed period. HR can add an adjustment.") % said
    else:
        words = _(
            "%(day)s is in a closed period: %(now)s would have been worked instead of %(then)s. HR can add an "
            "adjustment."
        )
        words %= said
    return PeriodLocked(words, day=day, seconds=now - then)


def approvals_take_back(*, employee: Employee, days: Iterable[date]) -> None:
    """What was approved has changed: the person and the manager look again, and are told."""
    touched = Q(pk__in=[])
    for day in days:
        touched |= Q(period__first__lte=day, period__last__gte=day)
    given = PeriodApproval.objects.filter(employee=employee, period__state=Period.State.OPEN).filter(touched)
    approvals_end(given)


def approvals_end(approvals: QuerySet[PeriodApproval]) -> int:
    """Take these approvals back; who had given them is told by a worker. The number of those that had been given."""
    given = approvals.filter(Q(person_at__isnull=False) | Q(manager_at__isnull=False))
    count = given.update(person_at=None, manager_at=None, seen="", taken_back_at=timezone.now(), told_at=None)
    if count:
        enqueue("attendance.approvals_tell")
    return count


def _window(employee: Employee, gone: set[str], new: list[Punch]) -> tuple[date, date]:
    moments: list[datetime] = [one.at for one in new]
    moments += ClockEvent.objects.filter(pk__in=gone).values_list("at", flat=True)
    known = history(employee)
    days = [known.local_day(one) for one in moments]
    return min(days) - REACH, max(days) + REACH + timedelta(days=1)
