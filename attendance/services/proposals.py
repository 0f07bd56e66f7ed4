"""Between recognising and recording: a signed offer to clock in or out that one kiosk may take up for 30 seconds."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core import signing
from django.core.cache import cache
from django.utils import timezone
from django.utils.translation import gettext as _

from attendance.models import ClockEvent, Kiosk
from attendance.services.clock import ClockResult, clock, next_direction, recent_event
from attendance.services.errors import KioskError
from employees.models import Employee
from employees.services import pin_check
from recognition.models import Decision

SALT = "presente.kiosk.proposal"
SECONDS = 30
KEPT = timedelta(minutes=3)
"""The same for an offer that is sent later: the tablet's clock is believed to two minutes."""
PIN_FAILURES = 20
PIN_WINDOW_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Offer:
    """What the kiosk shows: the next direction and a token to confirm it, or the event that is there already."""

    employee: Employee
    direction: str
    at: datetime
    already: bool
    token: str


def proposal_make(*, kiosk: Kiosk, employee: Employee, method: str, decision: Decision | None = None) -> Offer:
    """Offer the person's next punch; within a minute of the last one there is nothing to offer but that one."""
    now = timezone.now()
    last = recent_event(employee=employee, at=now)
    if last is not None:
        return Offer(employee, last.direction, last.at.astimezone(kiosk.zone), True, "")
    content = {
        "kiosk": str(kiosk.pk),
        "employee": employee.pk,
        "method": str(method),
        "decision": str(decision.pk) if decision else "",
        "at": now.isoformat(),
        "nonce": uuid.uuid4().hex,
    }
    direction = next_direction(employee=employee, at=now)
    return Offer(employee, direction, now.astimezone(kiosk.zone), False, signing.dumps(content, salt=SALT))


def proposal_confirm(*, kiosk: Kiosk, token: str, direction: str, kept_at: datetime | None = None) -> ClockResult:
    """Record the offered punch, in the direction that the person left or chose.

    The punch bears the instant at which the person was recognised. Repeating the same call gives the same event.
    ``kept_at`` is when the person took the offer up at a kiosk that was cut off just then and sends it now.
    Raises ``KioskError`` (``proposal_invalid``, ``proposal_expired``, ``proposal_foreign``, ``direction_invalid``) and
    ``ClockRefused``.
    """
    content = _open(token, kept_at)
    if content["kiosk"] != str(kiosk.pk):
        raise KioskError("proposal_foreign", _("This was offered at another kiosk. Look at the camera again."))
    if direction not in ClockEvent.Direction.values:
        raise KioskError("direction_invalid", _("Choose In or Out."))
    employee = Employee.objects.filter(pk=content["employee"]).first()
    decision = None
    if content["decision"]:
        decision = Decision.objects.filter(pk=content["decision"], asker_id=str(kiosk.pk)).first()
    if employee is None or (content["decision"] and decision is None):
        raise KioskError("proposal_invalid", _("This offer no longer stands. Look at the camera again."))
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


def kiosk_pin_check(*, kiosk: Kiosk, number: str, pin: str) -> Employee:
    """The employee with this number and PIN; after 20 failures in 5 minutes the kiosk takes none until they are over.

    The count lies in the cache (without Redis: one per process); each person's own lock lies in the database.
    Raises ``EmployeeError`` and ``KioskError`` (``pin_throttled``).
    """
    key = f"kiosk-pin:{kiosk.pk}"
    cache.add(key, 0, PIN_WINDOW_SECONDS)
    if _count(key, 1) > PIN_FAILURES:
        _count(key, -1)
        raise KioskError(
            "pin_throttled",
            _("Too many wrong PINs at this kiosk. Wait %(minutes)d minutes, or ask HR.")
            % {"minutes": PIN_WINDOW_SECONDS // 60},
        )
    employee = pin_check(number=number.strip(), pin=pin)
    _count(key, -1)
    return employee


def _count(key: str, step: int) -> int:
    try:
        return cache.incr(key, step)
    except ValueError:
        # The window ended between two statements: a new one begins with this attempt.
        cache.add(key, max(step, 0), PIN_WINDOW_SECONDS)
        return max(step, 0)


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
        raise KioskError("proposal_invalid", _("This offer is not ours. Look at the camera again.")) from error
    if not isinstance(content, dict):
        raise KioskError("proposal_invalid", _("This offer is not ours. Look at the camera again."))
    return content
