"""Between recognising and recording: a signed proposal to clock in or out that one kiosk may confirm for 30 seconds."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core import signing
from django.utils import timezone
from django.utils.translation import gettext as _

from attendance.models import ClockEvent, Kiosk
from attendance.services.clock import ClockResult, clock, recent_event
from attendance.services.undo import AT_ONCE, clock_undo
from employees.models import Employee
from kiosk.errors import KioskError
from kiosk.services.direction import direction_propose
from recognition.models import Decision

SALT = "presente.kiosk.proposal"
SECONDS = 30
KEPT = timedelta(minutes=3)
"""The same for a proposal that is sent later: the tablet's clock is believed to two minutes."""
CLAIM_SALT = "presente.kiosk.claim"
CLAIM_SECONDS = 40
UNDO_SALT = "presente.kiosk.undo"
UNDO_REASON = "“That is not me”, said at the kiosk"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A punch that may be confirmed with ``token``, its direction and its time on the kiosk's wall clock.

    ``already``: there is nothing to confirm, the person's punch of a moment ago stands (then ``token`` is empty).
    ``touch``: it is recorded only when the person chooses; ``recent``: the punch because of which they are asked to.
    """

    employee: Employee
    direction: str
    at: datetime
    token: str = ""
    already: bool = False
    touch: bool = False
    recent: ClockEvent | None = None


def proposal_make(
    *, kiosk: Kiosk, employee: Employee, method: str, decision: Decision | None = None, deliberate: bool = False
) -> Proposal:
    """Propose the person's next punch; within a minute of the last one there is nothing to propose but that one.

    ``deliberate`` as for ``direction_propose``.
    """
    now = timezone.now()
    last = recent_event(employee=employee, at=now)
    if last is not None:
        return Proposal(employee, last.direction, last.at.astimezone(kiosk.zone), already=True)
    content = {
        "kiosk": str(kiosk.pk),
        "employee": employee.pk,
        "method": str(method),
        "decision": str(decision.pk) if decision else "",
        "at": now.isoformat(),
        "nonce": uuid.uuid4().hex,
    }
    proposed = direction_propose(employee=employee, at=now, deliberate=deliberate)
    return Proposal(
        employee,
        proposed.direction,
        now.astimezone(kiosk.zone),
        signing.dumps(content, salt=SALT),
        touch=proposed.touch,
        recent=proposed.recent,
    )


def proposal_confirm(*, kiosk: Kiosk, token: str, direction: str, kept_at: datetime | None = None) -> ClockResult:
    """Record the proposed punch, in the direction that the person left or chose.

    The punch bears the instant at which the person was recognised. Repeating the same call gives the same event.
    ``kept_at`` is when the person took the proposal up at a kiosk that was cut off just then and sends it now.
    Raises ``KioskError`` (``proposal_invalid``, ``proposal_expired``, ``proposal_foreign``, ``direction_invalid``) and
    ``AttendanceRefused``.
    """
    content = _open(token, kept_at)
    if content["kiosk"] != str(kiosk.pk):
        raise KioskError("proposal_foreign", _("This confirmation belongs to another kiosk. Look at the camera again."))
    if direction not in (ClockEvent.Direction.IN, ClockEvent.Direction.OUT):
        raise KioskError("direction_invalid", _("Choose In or Out."))
    employee = Employee.objects.filter(pk=content["employee"]).first()
    decision = None
    if content["decision"]:
        decision = Decision.objects.filter(pk=content["decision"], asker_id=str(kiosk.pk)).first()
    if employee is None or (content["decision"] and decision is None):
        raise KioskError("proposal_invalid", _("This confirmation has expired. Look at the camera again."))
    return clock(
        employee=employee,
        direction=direction,
        at=datetime.fromisoformat(content["at"]),
        zone=kiosk.time_zone,
        method=content["method"],
        kiosk=kiosk,
        decision=decision,
        idempotency_key=f"kiosk-{content['nonce']}",
    )


def claim_make(*, kiosk: Kiosk, employee: Employee) -> str:
    """Number and PIN were right: a token by which this kiosk may ask, for 40 seconds, whether the face agrees."""
    return signing.dumps({"kiosk": str(kiosk.pk), "employee": employee.pk}, salt=CLAIM_SALT)


def claim_open(*, kiosk: Kiosk, token: str) -> Employee:
    """Whom the claim names. Raises ``KioskError`` (``claim_invalid``)."""
    try:
        content = signing.loads(token, salt=CLAIM_SALT, max_age=CLAIM_SECONDS)
    except signing.BadSignature:
        content = {}
    employee = None
    if content.get("kiosk") == str(kiosk.pk):
        employee = Employee.objects.active().filter(pk=content["employee"]).first()
    if employee is None:
        raise KioskError("claim_invalid", _("That took too long. Type your number and your PIN again."))
    return employee


def undo_make(*, kiosk: Kiosk, event: ClockEvent) -> str:
    """A token by which this kiosk may undo the punch that it has just recorded."""
    return signing.dumps({"kiosk": str(kiosk.pk), "event": str(event.pk)}, salt=UNDO_SALT)


def undo_use(*, kiosk: Kiosk, token: str) -> ClockResult:
    """Undo the punch that the token names. Raises ``KioskError`` (``undo_invalid``) and ``AttendanceRefused``."""
    try:
        content = signing.loads(token, salt=UNDO_SALT, max_age=AT_ONCE)
    except signing.BadSignature:
        content = {}
    event = None
    if content.get("kiosk") == str(kiosk.pk):
        event = ClockEvent.objects.filter(pk=content["event"]).first()
    if event is None:
        raise KioskError("undo_invalid", _("That was too long ago to undo here. Tell HR."))
    return clock_undo(event=event, kiosk=kiosk, reason=UNDO_REASON)


def _open(token: str, kept_at: datetime | None) -> dict[str, Any]:
    try:
        content = signing.loads(token, salt=SALT, max_age=SECONDS if kept_at is None else None)
        if kept_at is not None and not abs(kept_at - datetime.fromisoformat(content["at"])) <= KEPT:
            raise signing.SignatureExpired
    except signing.SignatureExpired as error:
        raise KioskError(
            "proposal_expired", _("That took too long and nothing was recorded. Look at the camera again.")
        ) from error
    except (signing.BadSignature, KeyError, TypeError, ValueError) as error:
        raise KioskError("proposal_invalid", _("This confirmation has expired. Look at the camera again.")) from error
    if not isinstance(content, dict):
        raise KioskError("proposal_invalid", _("This confirmation has expired. Look at the camera again."))
    return content
