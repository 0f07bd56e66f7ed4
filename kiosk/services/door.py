"""The door beside a kiosk: what becomes of it when somebody is recognised, gives a PIN, or stays unknown."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta

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


@dataclass(frozen=True, slots=True)
class Passage:
    """One attempt to pass the door: the access event, and the pulse that moved the lock where it was granted."""

    event: AccessEvent
    pulse: DoorPulse | None

    @property
    def opened(self) -> bool:
        """Whether the lock moved; a grant that the relay did not take opens nothing."""
        granted = self.event.outcome == AccessEvent.Outcome.GRANTED
        return granted and self.pulse is not None and self.pulse.state == DoorPulse.State.SENT

    @property
    def text(self) -> str:
        """What the person is told, in the active language."""
        return said(self.event, self.pulse)


def door_of(kiosk: Kiosk) -> Door | None:
    """The door that this kiosk opens, if HR gave it one."""
    return Door.objects.filter(kiosk=kiosk).first()


def pass_by_face(
    *, door: Door, employee: Employee | None, decision: Decision, live: bool | None = None, pin_given: bool = False
) -> Passage:
    """A face was named, or not (``employee`` None). ``live``: whether its liveness was confirmed; ``pin_given``: the
    number and PIN came first, and the face only confirmed them."""
    return _passage(
        access_request(
            door=door,
            employee=employee,
            method=Method.BOTH if pin_given else Method.FACE,
            decision=decision,
            live=live,
            at=decision.at,
            key=f"decision-{decision.pk}",
        )
    )


def pass_by_pin(*, door: Door, employee: Employee) -> Passage:
    """Number and PIN were right: by themselves, or as the second half after a face that wanted one."""
    waiting = AccessEvent.objects.filter(
        door=door, employee=employee, reason=Reason.PIN_NEEDED, at__gt=timezone.now() - PIN_AFTER_FACE
    ).first()
    key_of_both = f"both-{waiting.pk}" if waiting else ""
    if waiting is None or AccessEvent.objects.filter(idempotency_key=key_of_both).exists():
        return _passage(access_request(door=door, employee=employee, method=Method.PIN, key=f"pin-{uuid.uuid4().hex}"))
    # The face was live, or it would not have been asked for the PIN.
    return _passage(
        access_request(
            door=door, employee=employee, method=Method.BOTH, decision=waiting.decision, live=True, key=key_of_both
        )
    )


def _passage(event: AccessEvent) -> Passage:
    return Passage(event, DoorPulse.objects.filter(pk=event.pk).first())
