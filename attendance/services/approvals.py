"""Approving timesheets: by the person and by their manager, one by one or all that are in order; and taking it back.

An approval holds for the figures that were seen. Where they come to be others, by a late punch, another shift or
another policy, it is taken back, and both are told.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date
from itertools import groupby

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from attendance.models import Period, PeriodApproval
from attendance.refusals import AttendanceRefused, NotAllowed
from attendance.rules.codec import packed
from attendance.selectors.closing import checklist
from attendance.selectors.timesheets import Sums, timesheets
from attendance.services.changes import approvals_end
from attendance.signals import approvals_ended
from employees.access import is_hr, may_decide, may_decide_about_some
from employees.models import Employee, User
from employees.services.delegations import delegate_note


def period_approve(*, period: Period, employee: Employee, by: User, early: bool = False) -> PeriodApproval:
    """A person approves their own timesheet; a manager or HR that of somebody else. Raises ``AttendanceRefused``.

    Not before the period is over, unless HR says so (``early``).
    """
    own = getattr(by, "employee", None) == employee
    if not own and not may_decide(by, employee):
        raise NotAllowed("not_allowed", _("Only the person, their manager or HR approves a timesheet."))
    _check_over(period, employee, early=early and is_hr(by))
    people = Employee.objects.filter(pk=employee.pk)
    seen = next((_seen(one) for one in timesheets(employees=people, first=period.first, last=period.last)), "")
    with transaction.atomic():
        return _approve(_open(period), employee, by, seen, own=own)


def period_approve_clean(*, period: Period, employees: QuerySet[Employee], by: User) -> list[PeriodApproval]:
    """A manager or HR approves at once every timesheet that is in order, but their own; returns the approvals.

    In order: no punch is missing, no absence unexplained, no request waits, no overtime is undecided. Raises
    ``AttendanceRefused``.
    """
    if period.state == Period.State.LOCKED:
        raise AttendanceRefused("period_locked", _("This period is closed."))
    keys = checklist(period=period, employees=employees).approvable
    clean = Employee.objects.in_bulk(may_decide_about_some(by, keys))
    found = [clean[key] for key in keys if key in clean]
    if not found:
        raise AttendanceRefused("nothing", _("No timesheet is in order and not approved yet."))
    for person in found:
        _check_over(period, person, early=False)
    people = Employee.objects.filter(pk__in=[one.pk for one in found])
    seen = {one.employee.pk: _seen(one) for one in timesheets(employees=people, first=period.first, last=period.last)}
    with transaction.atomic():
        locked = _open(period)
        return [_approve(locked, person, by, seen.get(person.pk, ""), own=False) for person in found]


def approval_withdraw(*, period: Period, employee: Employee, by: User) -> PeriodApproval:
    """Who has approved a timesheet takes that back while the period is open. Raises ``AttendanceRefused``."""
    own = getattr(by, "employee", None) == employee
    if not own and not may_decide(by, employee):
        raise NotAllowed("not_allowed", _("Only the person, their manager or HR approves a timesheet."))
    with transaction.atomic():
        found = PeriodApproval.objects.select_for_update().filter(period=_open(period), employee=employee).first()
        if found is None:
            raise AttendanceRefused("not_approved", _("This timesheet is not approved."))
        if own:
            found.person_at = None
        else:
            found.manager_at, found.manager_by = None, None
        found.save()
        return found


def approvals_check(*, spans: Iterable[tuple[int, date, date]]) -> int:
    """Take back the approvals of open periods whose figures are no longer those that were seen; how many."""
    marks = list(spans)
    if not marks:
        return 0
    first, last = min(one[1] for one in marks), max(one[2] for one in marks)
    given = PeriodApproval.objects.filter(
        Q(person_at__isnull=False) | Q(manager_at__isnull=False),
        period__state=Period.State.OPEN,
        period__first__lte=last,
        period__last__gte=first,
        employee__in={one[0] for one in marks},
    )
    count = 0
    for period in Period.objects.filter(pk__in=given.values("period")):
        count += period_approvals_check(period=period, approvals=given.filter(period=period))
    return count


def period_approvals_check(*, period: Period, approvals: QuerySet[PeriodApproval]) -> int:
    """The same for approvals of one period."""
    before = dict(approvals.values_list("employee_id", "seen"))
    people = Employee.objects.filter(pk__in=list(before))
    now = {one.employee.pk: _seen(one) for one in timesheets(employees=people, first=period.first, last=period.last)}
    changed = [key for key, seen in before.items() if now.get(key, "") != seen]
    return approvals_end(approvals.filter(employee__in=changed)) if changed else 0


def approvals_tell() -> int:
    """Have those told whose approved timesheets have changed figures; how many timesheets. Safe to run twice."""
    waiting = PeriodApproval.objects.filter(taken_back_at__isnull=False, told_at=None)
    rows = waiting.select_related("employee__user", "manager_by", "period").order_by("employee", "period__first")
    count = 0
    # Of one person at once: a change that reaches several periods is one message.
    for _person, theirs in groupby(rows, key=lambda row: row.employee_id):
        with transaction.atomic():
            now = timezone.now()
            unsaid = PeriodApproval.objects.filter(told_at=None)
            found = [row for row in theirs if unsaid.filter(pk=row.pk).update(told_at=now)]
            if found:
                approvals_ended.send(PeriodApproval, approvals=found)
            count += len(found)
    return count


def _check_over(period: Period, employee: Employee, *, early: bool) -> None:
    if period.last >= timezone.now().astimezone(employee.zone).date() and not early:
        raise AttendanceRefused(
            "not_over", _("The period is not over: more hours are coming. Approve it after its last day.")
        )


def _open(period: Period) -> Period:
    # Without its key: a worker that stores a row which names the period waits for nobody, and nobody for it.
    locked = Period.objects.select_for_update(no_key=True).get(pk=period.pk)
    if locked.state == Period.State.LOCKED:
        raise AttendanceRefused("period_locked", _("This period is closed."))
    return locked


def _approve(period: Period, employee: Employee, by: User, seen: str, *, own: bool) -> PeriodApproval:
    approval, _created = PeriodApproval.objects.get_or_create(period=period, employee=employee)
    if approval.seen != seen:
        # What the other one had approved were other figures.
        approval.person_at, approval.manager_at = None, None
    if own:
        approval.person_at = approval.person_at or timezone.now()
    else:
        approval.manager_at, approval.manager_by = timezone.now(), by
        delegate_note(by=by, employee=employee, act="timesheet")
    approval.seen, approval.taken_back_at, approval.told_at = seen, None, None
    approval.save()
    return approval


def _seen(sums: Sums) -> str:
    """Names the figures of a timesheet: the same for the same figures alone."""
    days = tuple((one.figures, one.overtime) for one in sums.result.days)
    return hashlib.sha256(packed(days)).hexdigest()
