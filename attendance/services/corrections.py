"""Corrections of punches: asked for by the person and decided by somebody else, or entered by their manager or HR.

Nothing is changed: each correction is a new row that names the one it replaces, who made it and why. Nobody corrects
their own punches, and a day of a locked period stays as it is.
"""

from __future__ import annotations

import uuid
import zoneinfo
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from approvals import models as approvals
from approvals.services import case_withdraw
from approvals.subjects import Subject
from attendance.models import ClockEvent, CorrectionLink, CorrectionRequest, RequestState
from attendance.refusals import AttendanceRefused, NotAllowed
from attendance.rules.worked import Punch
from attendance.selectors.changed import days_changed
from attendance.services.changes import approvals_take_back, days_check_open
from attendance.services.clock import AHEAD, OLDEST_MANUAL
from attendance.services.steps import approver_check, enters_alone, step
from attendance.signals import clock_event_stored
from attendance.subjects import correction_key, of_correction
from common.places import zone_names
from employees.access import is_hr, may_decide
from employees.employment import employed_on, zone_at
from employees.models import Employee, User
from employees.services.delegations import delegate_note

Kind = CorrectionRequest.Kind
MOST_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Entry:
    """A punch of a bulk correction."""

    employee: Employee
    direction: str
    at: datetime


def punch_add(
    *,
    employee: Employee,
    direction: str,
    at: datetime | None,
    zone: str,
    reason: str,
    author: User,
    idempotency_key: str = "",
) -> ClockEvent:
    """A manager or HR adds a punch that is missing. Raises ``AttendanceRefused``."""
    _check_author(author, employee)
    with transaction.atomic():
        return _store(employee, None, direction, at, zone, reason, author, idempotency_key)


def punch_change(
    *,
    event: ClockEvent,
    direction: str,
    at: datetime | None,
    zone: str,
    reason: str,
    author: User,
    idempotency_key: str = "",
) -> ClockEvent:
    """A manager or HR corrects a punch: a new row that replaces it. Raises ``AttendanceRefused``."""
    _check_author(author, event.employee)
    with transaction.atomic():
        return _store(event.employee, event, direction, at, zone, reason, author, idempotency_key)


def punch_remove(*, event: ClockEvent, reason: str, author: User, idempotency_key: str = "") -> ClockEvent:
    """A manager or HR takes a punch back: a row that replaces it by nothing. Raises ``AttendanceRefused``."""
    _check_author(author, event.employee)
    if event.method == ClockEvent.Method.VOID:
        raise AttendanceRefused("not_a_punch", _("This entry only takes another one back. Undo it instead."))
    with transaction.atomic():
        return _store(event.employee, event, "", event.at, event.zone, reason, author, idempotency_key)


def correction_undo(*, event: ClockEvent, reason: str, author: User) -> ClockEvent:
    """A manager or HR undoes a correction: a new row says again what it had replaced; what it had added is taken back.

    Raises ``AttendanceRefused``.
    """
    _check_author(author, event.employee)
    if event.author_id is None:
        raise AttendanceRefused("not_a_correction", _("This is no correction. Change or remove it instead."))
    before = event.replaces
    if before is None or before.method == ClockEvent.Method.VOID:
        return punch_remove(event=event, reason=reason, author=author)
    with transaction.atomic():
        return _store(event.employee, event, before.direction, before.at, before.zone, reason, author)


def punches_add(*, entries: Sequence[Entry], zone: str, reason: str, author: User) -> list[ClockEvent]:
    """HR enters what a dead kiosk did not record, all of it or nothing. Raises ``AttendanceRefused``."""
    if not 1 <= len(entries) <= MOST_AT_ONCE:
        raise AttendanceRefused("too_many", _("Enter from 1 to %(most)d punches at once.") % {"most": MOST_AT_ONCE})
    if not is_hr(author):
        raise NotAllowed("not_allowed", _("Only HR can do this."))
    for one in entries:
        _check_author(author, one.employee)
    with transaction.atomic():
        # In one order, so that two of these at once do not wait for each other.
        ordered = sorted(entries, key=lambda entry: (entry.employee.pk, entry.at))
        return [_store(one.employee, None, one.direction, one.at, zone, reason, author) for one in ordered]


def request_file(
    *,
    employee: Employee,
    by: User,
    kind: str,
    reason: str,
    event: ClockEvent | None = None,
    direction: str = "",
    at: datetime | None = None,
    zone: str = "",
    idempotency_key: str = "",
) -> CorrectionRequest:
    """A person asks for a missing or wrong punch of their own. Raises ``AttendanceRefused``."""
    if getattr(by, "employee", None) != employee:
        raise NotAllowed("not_yours", _("You can ask for corrections of your own punches only."))
    if kind not in Kind.values or (kind == Kind.ADD) != (event is None):
        raise AttendanceRefused("kind_unknown", _("Say which punch is wrong, or which one is missing."))
    if event is not None and event.employee_id != employee.pk:
        raise NotAllowed("not_yours", _("You can ask for corrections of your own punches only."))
    if kind == Kind.REMOVE:
        direction, at = "", event.at if event else None
    asked = CorrectionRequest(
        employee=employee,
        kind=kind,
        event=event,
        direction=direction,
        zone=zone or zone_meant(employee, at, event),
        reason=reason,
        requested_by=by,
        idempotency_key=idempotency_key,
    )
    return _file(asked, at)


def zone_meant(employee: Employee, at: datetime | None, event: ClockEvent | None) -> str:
    """Where the person belonged when they punched, or say that they did."""
    moment = at or (event.at if event else None)
    return zone_at(employee, moment) if moment else employee.time_zone


def request_file_by_link(*, link: CorrectionLink, at: datetime, zone: str, reason: str) -> CorrectionRequest:
    """The person of the link asks for the check-out that is missing on its day. Raises ``AttendanceRefused``."""
    asked = CorrectionRequest(
        employee=link.employee, kind=Kind.ADD, direction=ClockEvent.Direction.OUT, zone=zone, reason=reason, link=link
    )
    return _file(asked, at)


def _file(asked: CorrectionRequest, at: datetime | None) -> CorrectionRequest:
    event = asked.event
    with transaction.atomic():
        wished = at or (event.at if event else None)
        asked.at = _checked(asked.employee, event, asked.direction, wished, asked.zone, asked.reason)
        asked.reason = asked.reason.strip()
        try:
            with transaction.atomic():
                asked.save(force_insert=True)
        except IntegrityError as error:
            raise AttendanceRefused("already_asked", _("A correction of this punch is waiting already.")) from error
    return asked


def request_approve(*, request: CorrectionRequest, by: User, answer: str = "") -> ClockEvent | None:
    """A manager or HR, never the person, approves: the correction is stored in their name.

    None where a rule asks for a second approval, for which it waits now.

    Of two who decide at once the first one does; approving again gives the same event. Raises ``AttendanceRefused``.
    """
    with transaction.atomic():
        asked = _locked_request(request, by)
        if asked.state == RequestState.APPROVED and asked.result is not None:
            return asked.result
        _check_waiting(asked)
        direction = "" if asked.kind == Kind.REMOVE else asked.direction
        _checked(asked.employee, asked.event, direction, asked.at, asked.zone, asked.reason)
        if not step(subject=of_correction(asked), by=by, approve=True):
            return None
        stored = _store(asked.employee, asked.event, direction, asked.at, asked.zone, asked.reason, by)
        _decide(asked, RequestState.APPROVED, by, answer, stored)
        return stored


def request_refuse(*, request: CorrectionRequest, by: User, answer: str) -> CorrectionRequest:
    """A manager or HR, never the person, refuses and says why. Raises ``AttendanceRefused``."""
    if not answer.strip():
        raise AttendanceRefused("answer_missing", _("Say why, so that the person knows what to do."))
    with transaction.atomic():
        asked = _locked_request(request, by)
        _check_waiting(asked)
        step(subject=of_correction(asked), by=by, approve=False)
        return _decide(asked, RequestState.REFUSED, by, answer, None)


def request_reopen(*, request: CorrectionRequest, by: User, decided_at: datetime) -> CorrectionRequest:
    """Who has just decided takes the decision back: the request waits again. Raises ``AttendanceRefused``.

    What an approval stored is undone by a row of its own, which the request then asks to change. ``decided_at``: the
    decision that is meant; a later one stands, and so does a punch that was corrected since.
    """
    with transaction.atomic():
        asked = _locked_request(request, by)
        made = asked.result
        corrected = made is not None and ClockEvent.objects.filter(replaces=made).exists()
        if asked.decided_by != by or asked.decided_at != decided_at or corrected:
            raise AttendanceRefused("changed_since", _("Somebody has decided this meanwhile. Reload the page."))
        if made is not None:
            again = correction_undo(event=made, reason=_("The decision was undone"), author=by)
            asked.event = None if asked.kind == Kind.ADD else again
        asked.state, asked.decided_by, asked.decided_at = RequestState.REQUESTED, None, None
        asked.answer, asked.result = "", None
        asked.save(update_fields=["event", "state", "decided_by", "decided_at", "answer", "result"])
        return asked


def request_withdraw(*, request: CorrectionRequest, by: User) -> CorrectionRequest:
    """The person takes the request back while nobody has decided. Raises ``AttendanceRefused``."""
    if getattr(by, "employee", None) != request.employee:
        raise NotAllowed("not_yours", _("Only the person who asked can withdraw it."))
    with transaction.atomic():
        asked = CorrectionRequest.objects.select_for_update().get(pk=request.pk)
        _check_waiting(asked)
        case_withdraw(key=correction_key(asked.pk))
        return _decide(asked, RequestState.WITHDRAWN, by, "", None)


def _locked_request(request: CorrectionRequest, by: User) -> CorrectionRequest:
    approver_check(subject=of_correction(request), by=by)
    # The person first, then the request: the order of every writer.
    Employee.objects.select_for_update(no_key=True).only("pk").get(pk=request.employee_id)
    asked = CorrectionRequest.objects.select_for_update(of=("self",)).select_related("employee", "event")
    return asked.get(pk=request.pk)


def _check_waiting(asked: CorrectionRequest) -> None:
    if asked.state != RequestState.REQUESTED:
        raise AttendanceRefused("already_decided", _("Somebody has decided this meanwhile. Reload the page."))


def _decide(
    asked: CorrectionRequest, state: str, by: User, answer: str, result: ClockEvent | None
) -> CorrectionRequest:
    asked.state, asked.decided_by, asked.decided_at = state, by, timezone.now()
    asked.answer, asked.result = answer.strip()[:300], result
    asked.save(update_fields=["state", "decided_by", "decided_at", "answer", "result"])
    return asked


def _check_author(author: User, employee: Employee) -> None:
    if getattr(author, "employee", None) == employee:
        raise NotAllowed("own_punch", _("Nobody corrects their own punches. Ask a colleague of HR."))
    if not may_decide(author, employee):
        raise NotAllowed("not_allowed", _("Only the manager or HR does this; anybody else asks for it."))
    if not enters_alone(subject=_entered(employee), by=author):
        message = _("Corrections need two approvals here: let the person ask for it, or ask HR.")
        raise NotAllowed("second_needed", message)


def _entered(employee: Employee) -> Subject:
    """What nobody asked for."""
    now = timezone.now()
    return Subject(
        kind=approvals.Kind.CORRECTION, key="", employee=employee, first=now.date(), last=now.date(), asked_at=now
    )


def _store(
    employee: Employee,
    event: ClockEvent | None,
    direction: str,
    at: datetime | None,
    zone: str,
    reason: str,
    author: User,
    idempotency_key: str = "",
) -> ClockEvent:
    """The row of a correction; without a direction it takes the event back."""
    moment = _checked(employee, event, direction, at, zone, reason, locked=True)
    days = days_changed(
        employee=employee,
        without=[str(event.pk)] if event else [],
        added=[Punch(moment, zone, direction, "new")] if direction else [],
    )
    days_check_open(days=days)
    stored = ClockEvent(
        employee=employee,
        direction=direction or (event.direction if event else ""),
        at=moment,
        zone=zone,
        received_at=timezone.now(),
        method=ClockEvent.Method.MANUAL if direction else ClockEvent.Method.VOID,
        idempotency_key=idempotency_key or f"correction:{uuid.uuid4()}",
        replaces=event,
        author=author,
        reason=reason.strip(),
    )
    stored.save()
    delegate_note(by=author, employee=employee, act="correction")
    approvals_take_back(employee=employee, days=days)
    clock_event_stored.send(ClockEvent, event=stored)
    return stored


def _checked(
    employee: Employee,
    event: ClockEvent | None,
    direction: str,
    at: datetime | None,
    zone: str,
    reason: str,
    *,
    locked: bool = False,
) -> datetime:
    """The instant, once everything about the correction is in order."""
    if not reason.strip() or len(reason.strip()) > 300:
        raise AttendanceRefused("reason_missing", _("Give the reason in 1 to 300 characters."))
    if zone not in zone_names():
        raise AttendanceRefused("zone_unknown", _("The time zone must be a name such as Europe/Madrid."))
    if at is None or timezone.is_naive(at):
        raise AttendanceRefused("instant_without_zone", _("Give the day and the time."))
    if direction and direction not in (ClockEvent.Direction.IN, ClockEvent.Direction.OUT):
        raise AttendanceRefused("direction_unknown", _("The direction must be “in” or “out”."))
    if not direction and event is None:
        raise AttendanceRefused("direction_unknown", _("The direction must be “in” or “out”."))
    now = timezone.now()
    if at > now + AHEAD:
        raise AttendanceRefused("in_the_future", _("This time is in the future."))
    if at < now - OLDEST_MANUAL:
        raise AttendanceRefused("too_old", _("This time is more than a year ago."))
    if locked:
        Employee.objects.select_for_update(no_key=True).only("pk").get(pk=employee.pk)
    day = at.astimezone(zoneinfo.ZoneInfo(zone)).date()
    if not employed_on(employee, day):
        raise AttendanceRefused("not_employed", _("This person is not employed on that day. Ask HR if this is wrong."))
    if event is not None and ClockEvent.objects.filter(replaces=event).exists():
        raise AttendanceRefused("already_replaced", _("This punch has been corrected meanwhile. Reload the page."))
    return at.astimezone(UTC)
