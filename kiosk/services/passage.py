"""The door beside a kiosk: what becomes of it when somebody is recognised, gives a PIN, or stays unknown."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from attendance.models import Kiosk
from doors.models import AccessEvent, Door, DoorPulse
from doors.rules import Reason
from doors.services import Method, access_request
from doors.wording import said
from employees.models import Employee
from recognition.models import Decision

PIN_AFTER_FACE = timedelta(seconds=40)
"""How long after the face its PIN still is the second half of one attempt."""


def door_of(kiosk: Kiosk) -> Door | None:
    """The door that this kiosk opens, if HR gave it one."""
    return Door.objects.filter(kiosk=kiosk).first()


def pass_by_face(
    *, door: Door, employee: Employee | None, decision: Decision, live: bool | None = None, pin_given: bool = False
) -> AccessEvent:
    """A face was named, or not (``employee`` None). ``live``: whether its liveness was confirmed; ``pin_given``: the
    number and PIN came first, and the face only confirmed them."""
    return access_request(
        door=door, employee=employee, method=Method.BOTH if pin_given else Method.FACE, decision=decision, live=live,
        at=decision.at, key=f"decision-{decision.pk}",
    )  # fmt: skip


def pass_by_pin(*, door: Door, employee: Employee, key: str) -> AccessEvent:
    """Number and PIN were right: by themselves, or as the second half after a face that wanted one."""
    waiting = AccessEvent.objects.filter(
        door=door, employee=employee, reason=Reason.PIN_NEEDED, at__gt=timezone.now() - PIN_AFTER_FACE
    ).first()
    key_of_both = f"both-{waiting.pk}" if waiting else ""
    if waiting is None or AccessEvent.objects.filter(idempotency_key=key_of_both).exists():
        return access_request(door=door, employee=employee, method=Method.PIN, key=f"pin-{key}")
    # The face was live, or it would not have been asked for the PIN.
    return access_request(
        door=door, employee=employee, method=Method.BOTH, decision=waiting.decision, live=True, key=key_of_both
    )


def door_answer(event: AccessEvent) -> dict[str, Any]:
    """What the kiosk's page is told of the door."""
    pulse = DoorPulse.objects.filter(pk=event.pk).first()
    opened = event.outcome == AccessEvent.Outcome.GRANTED and pulse is not None and pulse.state == DoorPulse.State.SENT
    return {"opened": opened, "reason": event.reason, "text": said(event, pulse)}
