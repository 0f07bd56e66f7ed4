"""Periods of payroll: made, approved by person and manager, locked, reopened with a reason; adjusted afterwards."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from attendance.invalidation import REACH, invalidate
from attendance.models import (
    Adjustment,
    CorrectionRequest,
    DirtySpan,
    Period,
    PeriodAct,
    PeriodApproval,
    RequestState,
    WorkPolicy,
)
from attendance.models.results import COLUMNS, DayResult, figures_from
from attendance.refusals import AttendanceRefused, NotAllowed
from attendance.rules.calculate import calculate
from attendance.selectors.plans import PlanBook, punches_for
from attendance.selectors.timesheets import timesheets
from attendance.services.changes import days_check_open
from attendance.services.results import results_rebuild, results_refresh
from attendance.signals import period_locked
from attendance.wording import span_text
from employees.access import is_hr, may_decide
from employees.models import Employee, User

LONGEST = timedelta(days=366)
MOST_ADJUSTED = 366 * 24 * 3600


def period_create(*, first: date, last: date, by: User) -> Period:
    """HR makes a period from ``first`` to ``last``, both included. Raises ``AttendanceRefused``."""
    _check_hr(by)
    if last < first or last - first > LONGEST:
        raise AttendanceRefused("dates", _("A period ends after it begins, within a year."))
    with transaction.atomic():
        if Period.objects.select_for_update().filter(first__lte=last, last__gte=first).exists():
            raise AttendanceRefused("overlaps", _("There is a period with some of these days already."))
        return Period.objects.create(first=first, last=last)


def period_approve(*, period: Period, employee: Employee, by: User) -> PeriodApproval:
    """A person approves their own timesheet; a manager or HR that of somebody else. Raises ``AttendanceRefused``."""
    own = getattr(by, "employee", None) == employee
    if not own and not may_decide(by, employee):
        raise NotAllowed("not_allowed", _("Only the person, their manager or HR approves a timesheet."))
    with transaction.atomic():
        locked = Period.objects.select_for_update().get(pk=period.pk)
        if locked.state == Period.State.LOCKED:
            raise AttendanceRefused("period_locked", _("This period is locked."))
        approval, _created = PeriodApproval.objects.get_or_create(period=locked, employee=employee)
        if own:
            approval.person_at = approval.person_at or timezone.now()
        else:
            approval.manager_at, approval.manager_by = timezone.now(), by
        approval.save()
        return approval


def period_lock(*, period: Period, by: User, reason: str = "") -> Period:
    """HR locks a period that is over. Timesheets not approved by both, and overtime that is pending, need a reason.

    Every day is counted first; from then on no correction, no late punch and no rule changes it. Locking a locked
    period changes nothing. Raises ``AttendanceRefused``.
    """
    _check_hr(by)
    # Nearer days are marked by every punch of today, and would be counted while they are locked.
    if period.last >= timezone.now().date() - REACH:
        raise AttendanceRefused(
            "not_over", _("Wait until the last day is four days past: some of it may still arrive.")
        )
    _count_all(period)
    with transaction.atomic():
        locked = Period.objects.select_for_update().get(pk=period.pk)
        if locked.state == Period.State.LOCKED:
            return locked
        _check_complete(locked, reason)
        locked.state, locked.locked_at = Period.State.LOCKED, timezone.now()
        locked.save(update_fields=["state", "locked_at"])
        PeriodAct.objects.create(period=locked, act=PeriodAct.Act.LOCK, by=by, reason=reason.strip())
        period_locked.send(Period, period=locked, by=by)
        return locked


def period_reopen(*, period: Period, by: User, reason: str) -> Period:
    """HR opens a locked period again, with a reason; what arrived since is counted. Raises ``AttendanceRefused``."""
    _check_hr(by)
    if not reason.strip():
        raise AttendanceRefused(
            "reason_missing", _("Say why the period is reopened. The reason is recorded under your name.")
        )
    with transaction.atomic():
        locked = Period.objects.select_for_update().get(pk=period.pk)
        if locked.state != Period.State.LOCKED:
            raise AttendanceRefused("not_locked", _("This period is open."))
        locked.state, locked.locked_at = Period.State.OPEN, None
        locked.save(update_fields=["state", "locked_at"])
        PeriodAct.objects.create(period=locked, act=PeriodAct.Act.REOPEN, by=by, reason=reason.strip()[:300])
        invalidate(Employee.objects.values_list("pk", flat=True), locked.first, locked.last)
        return locked


def adjustment_add(*, employee: Employee, about_day: date, seconds: int, reason: str, author: User) -> Adjustment:
    """HR pays, or takes back, in the next open period what a day of a locked one should have been.

    Raises ``AttendanceRefused``.
    """
    _check_hr(author)
    if getattr(author, "employee", None) == employee:
        raise NotAllowed("own_time", _("Nobody adjusts their own time. Ask a colleague of HR."))
    if not seconds or abs(seconds) > MOST_ADJUSTED or not reason.strip():
        raise AttendanceRefused("nothing", _("Give the time and the reason."))
    with transaction.atomic():
        closed = Period.objects.filter(state=Period.State.LOCKED, first__lte=about_day, last__gte=about_day)
        if not closed.exists():
            raise AttendanceRefused("not_locked", _("That day is not locked: correct its punches instead."))
        day = _next_open_day(about_day)
        days_check_open(days=[day])
        return Adjustment.objects.create(
            employee=employee, day=day, about_day=about_day, seconds=seconds, reason=reason.strip()[:300], author=author
        )


def adjustment_propose(*, employee: Employee, day: date) -> int:
    """By how many seconds of work the punches as they are now differ from what was locked for that day."""
    stored = DayResult.objects.filter(employee=employee, day=day).values(*COLUMNS).first()
    (now,) = calculate(
        PlanBook([employee], day, day).of(employee),
        punches_for([employee], day, day).get(employee.pk, ()),
        first=day,
        last=day,
        explain=False,
    )
    return now.figures.worked - (figures_from(stored).worked if stored else 0)


def _check_hr(user: User) -> None:
    if not is_hr(user):
        raise NotAllowed("not_allowed", _("Only HR can do this."))


def _count_all(period: Period) -> None:
    """Have a stored result for every day of everybody."""
    rows = DayResult.objects.filter(day__gte=period.first, day__lte=period.last).order_by()
    stored = dict(rows.values_list("employee_id").annotate(Count("pk")))
    for person in _employed(period):
        begin, end = max(period.first, person.hired_on), min(period.last, person.left_on or period.last)
        if stored.get(person.pk, 0) < (end - begin).days + 1:
            results_rebuild(employees=Employee.objects.filter(pk=person.pk), first=begin, last=end)
    results_refresh()


def _employed(period: Period) -> list[Employee]:
    inside = Q(left_on=None) | Q(left_on__gte=period.first)
    return list(Employee.objects.filter(inside, hired_on__lte=period.last))


def _check_complete(period: Period, reason: str) -> None:
    if DirtySpan.objects.filter(first__lte=period.last, last__gte=period.first).exists():
        raise AttendanceRefused("being_counted", _("Some days are being counted. Try again in a moment."))
    waiting = CorrectionRequest.objects.filter(state=RequestState.REQUESTED, at__date__lte=period.last)
    if waiting.filter(at__date__gte=period.first).exists():
        raise AttendanceRefused(
            "requests_waiting", _("Corrections in this period wait for a decision. Decide them first.")
        )
    approved = PeriodApproval.objects.filter(period=period, person_at__isnull=False, manager_at__isnull=False)
    lacking = len(_employed(period)) - approved.count()
    if lacking > 0 and not reason.strip():
        raise AttendanceRefused(
            "not_approved",
            _("Timesheets without both approvals: %(count)d. Give a reason to lock without them.") % {"count": lacking},
        )
    if not reason.strip() and (pending := _overtime_pending(period)):
        raise AttendanceRefused(
            "overtime_pending",
            _("%(time)s of overtime are not approved. Give a reason to lock without them; they are then not paid.")
            % {"time": span_text(pending)},
        )


def _overtime_pending(period: Period) -> int:
    """Seconds of overtime in the period that nobody has decided about."""
    if not WorkPolicy.objects.filter(approve_overtime=True, valid_from__lte=period.last).exists():
        return 0
    sums = timesheets(employees=Employee.objects.all(), first=period.first, last=period.last)
    return sum(one.overtime.pending_total for one in sums)


def _next_open_day(about_day: date) -> date:
    """The first day after it that lies in no locked period."""
    day = about_day + timedelta(days=1)
    for closed in Period.objects.filter(state=Period.State.LOCKED, last__gte=day).order_by("first"):
        if closed.first <= day <= closed.last:
            day = closed.last + timedelta(days=1)
    return day
