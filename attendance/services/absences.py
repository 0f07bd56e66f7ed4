"""Days away: asked for by the person and decided by a manager or HR, or entered by one of these."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from approvals.services import case_withdraw
from attendance.models import Absence, AbsenceType, Adjustment, RequestState
from attendance.refusals import AttendanceRefused, NotAllowed, PeriodLocked
from attendance.services.adjustments import adjustments_add
from attendance.services.changes import approvals_take_back, days_check_open
from attendance.services.late_absences import leave_difference, leave_refused
from attendance.services.steps import approver_check, enters_alone, step
from attendance.signals import absence_changed, absence_wanted
from attendance.subjects import absence_key, of_absence
from employees.access import is_hr, may_decide
from employees.models import Employee, User
from employees.services.delegations import delegate_note

LONGEST = timedelta(days=366)
_OPEN = (RequestState.REQUESTED, RequestState.APPROVED)


def absence_request(
    *,
    employee: Employee,
    by: User,
    kind: AbsenceType,
    first: date,
    last: date,
    half: str = "whole",
    reason: str = "",
    idempotency_key: str = "",
) -> Absence:
    """A person requests time off. Raises ``AttendanceRefused``."""
    if getattr(by, "employee", None) != employee:
        raise NotAllowed("not_yours", _("You can request time off for yourself only."))
    absence = Absence(
        employee=employee,
        kind=kind,
        first=first,
        last=last,
        half=half,
        reason=reason.strip()[:300],
        state=RequestState.REQUESTED,
        requested_by=by,
        idempotency_key=idempotency_key,
    )
    return _add(absence)


def absence_enter(
    *,
    employee: Employee,
    by: User,
    kind: AbsenceType,
    first: date,
    last: date,
    half: str = "whole",
    reason: str = "",
    idempotency_key: str = "",
) -> Absence:
    """A manager or HR enters time off that needs no decision, such as an illness. Raises ``AttendanceRefused``.

    Where a rule asks for a second approval, a manager's entry is the first one, and waits.
    """
    if not may_decide(by, employee):
        raise NotAllowed("not_allowed", _("Only the manager or HR enters absences, and nobody their own."))
    absence = Absence(
        employee=employee,
        kind=kind,
        first=first,
        last=last,
        half=half,
        reason=reason.strip()[:300],
        state=RequestState.APPROVED,
        requested_by=by,
        decided_by=by,
        decided_at=timezone.now(),
        idempotency_key=idempotency_key,
    )
    if enters_alone(subject=of_absence(absence), by=by):
        with transaction.atomic():
            delegate_note(by=by, employee=employee, act="absence")
            return _add(absence)
    absence.state, absence.decided_by, absence.decided_at = RequestState.REQUESTED, None, None
    with transaction.atomic():
        stored = _add(absence)
        step(subject=of_absence(stored), by=by, approve=True)
    return stored


def absence_decide(*, absence: Absence, by: User, approve: bool, answer: str = "") -> Absence:
    """A manager or HR, never the person, approves or refuses what was asked for. Raises ``AttendanceRefused``.

    Approved once where a rule asks for a second approval, it waits for that and counts nowhere yet. Of
    days in a locked period nothing is approved here: see ``absence_approve_late``.
    """
    _check_decides(absence, by)
    if not approve and not answer.strip():
        raise AttendanceRefused("answer_missing", _("Say why, so that the person knows what to do."))
    with transaction.atomic():
        found = _locked(absence)
        wanted = RequestState.APPROVED if approve else RequestState.REFUSED
        if found.state == wanted:
            return found
        _check_waiting(found)
        if approve:
            _check_open(found)
            absence_wanted.send(Absence, absence=found)
        if not step(subject=of_absence(found), by=by, approve=approve):
            return found
        return _decide(found, wanted, by, answer)


def absence_reopen(*, absence: Absence, by: User, decided_at: datetime) -> Absence:
    """Who has just decided takes the decision back: the request waits again. Raises ``AttendanceRefused``.

    ``decided_at``: the decision that is meant; a later one stands.
    """
    _check_decides(absence, by)
    with transaction.atomic():
        found = _locked(absence)
        if found.decided_by != by or found.decided_at != decided_at:
            raise AttendanceRefused("changed_since", _("Somebody has decided this meanwhile. Reload the page."))
        if found.state == RequestState.APPROVED:
            _check_open(found, RequestState.WITHDRAWN)
        found.state, found.decided_by, found.decided_at, found.answer = RequestState.REQUESTED, None, None, ""
        found.save(update_fields=["state", "decided_by", "decided_at", "answer"])
        approvals_take_back(employee=found.employee, days=[found.first, found.last])
        return found


def absence_approve_late(*, absence: Absence, by: User, reason: str) -> list[Adjustment]:
    """HR approves what was asked for in a locked period: that stays as it is, and what changes is an adjustment.

    Raises ``AttendanceRefused``.
    """
    _check_decides(absence, by)
    if not is_hr(by):
        raise NotAllowed("not_allowed", _("Only HR can do this."))
    if not reason.strip():
        raise AttendanceRefused("answer_missing", _("Say why. It is recorded with the adjustment."))
    with transaction.atomic():
        found = _locked(absence)
        _check_waiting(found)
        absence_wanted.send(Absence, absence=found)
        if not step(subject=of_absence(found), by=by, approve=True):
            return []
        days = leave_difference(absence=found)
        _decide(found, RequestState.APPROVED, by, reason)
        return adjustments_add(employee=found.employee, days=days, reason=reason, author=by) if days else []


def absence_withdraw(*, absence: Absence, by: User) -> Absence:
    """The person takes back what is not decided yet; HR also what was approved. Raises ``AttendanceRefused``."""
    own = getattr(by, "employee", None) == absence.employee
    if not own and not is_hr(by):
        raise NotAllowed("not_allowed", _("Only the person or HR takes an absence back."))
    with transaction.atomic():
        found = _locked(absence)
        if found.state == RequestState.WITHDRAWN:
            return found
        if found.state == RequestState.APPROVED:
            if own:
                raise AttendanceRefused("already_decided", _("This is approved. Ask HR to take it back."))
            _check_open(found, RequestState.WITHDRAWN)
        else:
            _check_waiting(found)
            case_withdraw(key=absence_key(found.pk))
        return _decide(found, RequestState.WITHDRAWN, by, "")


def _add(absence: Absence) -> Absence:
    employee, first, last, half = absence.employee, absence.first, absence.last, absence.half
    if last - first > LONGEST:
        raise AttendanceRefused("too_long", _("An absence lasts at most a year; enter the rest as another one."))
    try:
        absence.full_clean()
    except ValidationError as error:
        raise AttendanceRefused("invalid", " ".join(error.messages)) from error
    with transaction.atomic():
        Employee.objects.select_for_update(no_key=True).only("pk").get(pk=employee.pk)
        overlapping = Absence.objects.filter(employee=employee, state__in=_OPEN, first__lte=last, last__gte=first)
        if half != Absence.Half.WHOLE:
            overlapping = overlapping.filter(Q(half=half) | Q(half=Absence.Half.WHOLE))
        if absence.kind.interrupts:
            overlapping = overlapping.filter(kind__interrupts=True)
        if overlapping.exists():
            raise AttendanceRefused("overlaps", _("Some of these days are already time off, or requested."))
        _check_open(absence)
        absence_wanted.send(Absence, absence=absence)
        absence.save()
        absence_changed.send(Absence, absence=absence)
        return absence


def _locked(absence: Absence) -> Absence:
    Employee.objects.select_for_update(no_key=True).only("pk").get(pk=absence.employee_id)
    return Absence.objects.select_for_update(of=("self",)).select_related("employee", "kind").get(pk=absence.pk)


def _check_open(absence: Absence, state: str = RequestState.APPROVED) -> None:
    count = (absence.last - absence.first).days + 1
    try:
        days_check_open(days=[absence.first + timedelta(days=number) for number in range(count)])
    except PeriodLocked as refused:
        raise leave_refused(absence=absence, refused=refused, state=state) from refused


def _check_decides(absence: Absence, by: User) -> None:
    approver_check(subject=of_absence(absence), by=by)


def _check_waiting(found: Absence) -> None:
    if found.state != RequestState.REQUESTED:
        raise AttendanceRefused("already_decided", _("Somebody has decided this meanwhile. Reload the page."))


def _decide(found: Absence, state: str, by: User, answer: str) -> Absence:
    found.state, found.decided_by, found.decided_at = state, by, timezone.now()
    found.answer = answer.strip()[:300]
    found.save(update_fields=["state", "decided_by", "decided_at", "answer"])
    approvals_take_back(employee=found.employee, days=[found.first, found.last])
    absence_changed.send(Absence, absence=found)
    return found
