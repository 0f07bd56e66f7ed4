"""Periods of payroll: made, changed while nobody has approved, locked, and reopened with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Count
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from attendance.invalidation import invalidate
from attendance.models import (
    DirtySpan,
    LateChange,
    LockedTimesheet,
    PendingOvertime,
    Period,
    PeriodAct,
    PeriodApproval,
)
from attendance.models.results import DayResult
from attendance.refusals import AttendanceRefused, NotAllowed, PeriodOverlaps
from attendance.selectors.closing import absences_waiting, corrections_waiting
from attendance.selectors.people import in_batches
from attendance.services.approvals import period_approvals_check
from attendance.services.freezing import decided_in, facts_of, missing_days, overtime_pending, rows_of, rows_store
from attendance.services.results import results_rebuild, results_refresh
from attendance.signals import period_locked
from attendance.wording import span_text
from employees.access import is_hr
from employees.employment import employed_between, histories
from employees.models import Employee, User

LONGEST = timedelta(days=366)
BATCH = 500
NAMED = 5
"""So many of the requests that wait are named; of more, how many there are."""


def period_create(*, first: date, last: date, by: User) -> Period:
    """HR makes a period from ``first`` to ``last``, both included. Raises ``AttendanceRefused``."""
    _check_hr(by)
    with transaction.atomic():
        _check_days(first, last)
        return Period.objects.create(first=first, last=last)


def period_change(*, period: Period, first: date, last: date, by: User) -> Period:
    """HR gives an open period other days, while nobody has approved anything. Raises ``AttendanceRefused``."""
    _check_hr(by)
    with transaction.atomic():
        changed = Period.objects.select_for_update(no_key=True).get(pk=period.pk)
        _check_untouched(changed)
        _check_days(first, last, besides=changed)
        changed.first, changed.last = first, last
        changed.save(update_fields=["first", "last"])
        PendingOvertime.objects.filter(period=changed).delete()
        return changed


def period_delete(*, period: Period, by: User) -> None:
    """HR takes away an open period in which nobody has approved anything. Raises ``AttendanceRefused``."""
    _check_hr(by)
    with transaction.atomic():
        found = Period.objects.select_for_update(no_key=True).get(pk=period.pk)
        _check_untouched(found)
        found.delete()


def period_touched(period: Period) -> str:
    """Why the period's days cannot be changed, and what is undone first; empty where they can."""
    if period.state == Period.State.LOCKED:
        return _("This period is closed. Reopen it first.")
    if period.acts.exists():
        return _("This period was closed before, and the record of that stays: it cannot be changed or deleted.")
    given = PeriodApproval.objects.filter(period=period).exclude(person_at=None, manager_at=None)
    names = [one.employee.name for one in given.select_related("employee").order_by("employee__sort_key", "pk")]
    if not names:
        return ""
    return _("Timesheets in this period are approved: %(who)s. Withdraw these approvals first.") % {
        "who": _listed(names)
    }


def period_lock(*, period: Period, by: User, reason: str = "") -> Period:
    """HR locks a period that is over. Timesheets not approved by both, and overtime that is pending, need a reason.

    Every day is counted first; from then on no correction, no late punch and no rule changes it. Locking a locked
    period changes nothing. Raises ``AttendanceRefused``.
    """
    _check_hr(by)
    # Nearer days are marked by every punch of today, and would be counted while they are locked.
    if not period.may_close:
        raise AttendanceRefused(
            "not_over",
            _("It can be closed from %(day)s on: until then kiosks and phones without a network may deliver punches.")
            % {"day": formats.date_format(period.closes_from, "SHORT_DATE_FORMAT")},
        )
    _count_all(period)
    given = PeriodApproval.objects.filter(period=period)
    period_approvals_check(period=period, approvals=given)
    # Counted before the transaction, which only stores: nobody at a door waits for it.
    decided, kept = decided_in(period), list(rows_of(period))
    missing, pending = _gaps(kept, reason)
    with transaction.atomic():
        locked = Period.objects.select_for_update(no_key=True).get(pk=period.pk)
        if locked.state == Period.State.LOCKED:
            return locked
        if decided_in(period) != decided:
            # Rare, and from here on nobody decides any more: once is enough.
            kept = list(rows_of(period))
            missing, pending = _gaps(kept, reason)
        _check_complete(locked, reason, {row.employee_id for row in kept}, missing, pending)
        locked.state, locked.locked_at = Period.State.LOCKED, timezone.now()
        locked.save(update_fields=["state", "locked_at"])
        facts = facts_of(locked, len(kept))
        act = PeriodAct.objects.create(period=locked, act=PeriodAct.Act.LOCK, by=by, reason=reason.strip(), facts=facts)
        rows_store(kept, act)
        period_locked.send(Period, period=locked, by=by)
        return locked


def _gaps(kept: list[LockedTimesheet], reason: str) -> tuple[int, int]:
    """Days with a missing punch and seconds of undecided overtime; nobody asks where a reason is given."""
    return (0, 0) if reason.strip() else (missing_days(kept), overtime_pending(kept))


def period_reopen(*, period: Period, by: User, reason: str) -> Period:
    """HR opens a locked period again, with a reason; what arrived since is counted. Raises ``AttendanceRefused``."""
    _check_hr(by)
    if not reason.strip():
        raise AttendanceRefused(
            "reason_missing", _("Say why the period is reopened. The reason is recorded under your name.")
        )
    with transaction.atomic():
        locked = Period.objects.select_for_update(no_key=True).get(pk=period.pk)
        if locked.state != Period.State.LOCKED:
            raise AttendanceRefused("not_locked", _("This period is open."))
        locked.state, locked.locked_at = Period.State.OPEN, None
        locked.save(update_fields=["state", "locked_at"])
        PeriodAct.objects.create(period=locked, act=PeriodAct.Act.REOPEN, by=by, reason=reason.strip()[:300])
        LateChange.objects.filter(period=locked).delete()
        invalidate(Employee.objects.values_list("pk", flat=True), locked.first, locked.last)
        return locked


def _check_days(first: date, last: date, besides: Period | None = None) -> None:
    """A period has days in order, and none of another one."""
    if last < first or last - first > LONGEST:
        raise AttendanceRefused("dates", _("A period ends after it begins, within a year."))
    same = Period.objects.select_for_update(no_key=True).filter(first__lte=last, last__gte=first)
    other = same.exclude(pk=besides.pk).first() if besides else same.first()
    if other is not None:
        raise PeriodOverlaps(
            _("Each day belongs to one period, and the period %(period)s has some of these.") % {"period": other},
            key=other.pk,
        )


def _check_untouched(period: Period) -> None:
    if why := period_touched(period):
        raise AttendanceRefused("touched", why)


def _check_hr(user: User) -> None:
    if not is_hr(user):
        raise NotAllowed("not_allowed", _("Only HR can do this."))


def _count_all(period: Period) -> None:
    """Have a stored result for every day of everybody."""
    rows = DayResult.objects.filter(day__gte=period.first, day__lte=period.last).order_by()
    stored = dict(rows.values_list("employee_id").annotate(Count("pk")))
    for people in in_batches(employed_between(Employee.objects.all(), period.first, period.last), BATCH):
        for key, known in histories(people).items():
            days = list(known.days(period.first, period.last))
            if stored.get(key, 0) < len(days):
                results_rebuild(employees=Employee.objects.filter(pk=key), first=days[0], last=days[-1])
    results_refresh()


def _check_complete(period: Period, reason: str, people: set[int], missing: int, pending: int) -> None:
    """Requests are decided first; whatever else is not in order needs a reason."""
    if DirtySpan.objects.filter(first__lte=period.last, last__gte=period.first).exists():
        raise AttendanceRefused("being_counted", _("Some days are being counted. Try again in a moment."))
    if asked := [_named(one.employee, day) for one, day in corrections_waiting(period=period)]:
        raise AttendanceRefused(
            "requests_waiting",
            _("Corrections in this period wait for a decision: %(who)s. Decide them first.") % {"who": _listed(asked)},
        )
    absences = absences_waiting(period=period).select_related("employee").order_by("first", "pk")
    if asked := [_named(one.employee, one.first, one.last) for one in absences]:
        raise AttendanceRefused(
            "absences_waiting",
            _("Requests for time off in this period wait for a decision: %(who)s. Decide them first.")
            % {"who": _listed(asked)},
        )
    if reason.strip():
        return
    approved = PeriodApproval.objects.filter(period=period, person_at__isnull=False, manager_at__isnull=False)
    lacking = len(people - set(approved.values_list("employee_id", flat=True)))
    if lacking:
        raise AttendanceRefused(
            "not_approved",
            _("Timesheets without both approvals: %(count)d. Give a reason to close without them.")
            % {"count": lacking},
        )
    if missing:
        raise AttendanceRefused(
            "punches_missing",
            _("Days with a missing punch: %(count)d. Give a reason to close with them; what is missing is not paid.")
            % {"count": missing},
        )
    if pending:
        raise AttendanceRefused(
            "overtime_pending",
            _("%(time)s of overtime are not approved. Give a reason to close without them; they are then not paid.")
            % {"time": span_text(pending)},
        )


def _named(person: Employee, first: date, last: date | None = None) -> str:
    """``Ana Demo, 30 November 2026``."""
    shown = formats.date_format(first, "DATE_FORMAT")
    if last is not None and last != first:
        shown += f" – {formats.date_format(last, 'DATE_FORMAT')}"
    return f"{person.name}, {shown}"


def _listed(said: Sequence[str]) -> str:
    more = [_("%(count)d more") % {"count": len(said) - NAMED}] if len(said) > NAMED else []
    return "; ".join([*said[:NAMED], *more])
