"""Whether days may still change, and what becomes of approvals when they do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from django.db.models import Q, QuerySet
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from attendance.models import Period, PeriodApproval
from attendance.refusals import PeriodLocked
from attendance.selectors.changed import Worked
from attendance.wording import span_text
from common.jobs import enqueue
from employees.models import Employee


def days_check_open(*, days: Iterable[date] | Worked) -> None:
    """Raise ``PeriodLocked`` where one of the days lies in a locked period; it says what would have changed.

    The rows of the periods stay locked to the end of the transaction: nobody locks a period while its days change.
    """
    wanted = sorted(set(days))
    if not wanted:
        return
    periods = (
        Period.objects.select_for_update(no_key=True)
        .filter(first__lte=wanted[-1], last__gte=wanted[0])
        .order_by("first")
    )
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
