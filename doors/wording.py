"""What a door says: to the person before it, and in the list of what happened."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from doors.models import AccessEvent, DoorPulse
from doors.rules import Reason

LIST: dict[str, Any] = {
    Reason.GRANTED: _("Opened"),
    Reason.SECURED: _("Locked again"),
    Reason.UNKNOWN_PERSON: _("Refused"),
    Reason.DOOR_OFF: _("Door not in use"),
    Reason.NOT_EMPLOYED: _("Not employed"),
    Reason.OUTSIDE_SCHEDULE: _("Outside the hours"),
    Reason.NO_CONSENT: _("No consent for doors"),
    Reason.LIVENESS: _("Possible photo or screen"),
    Reason.FACE_NEEDED: _("Face missing"),
    Reason.PIN_NEEDED: _("PIN missing"),
    Reason.ALREADY_INSIDE: _("Inside already"),
}
SAID: dict[str, Any] = {
    Reason.GRANTED: _("The door is open."),
    Reason.UNKNOWN_PERSON: _("The door stays shut: you were not recognised. Use your PIN, or ring."),
    Reason.DOOR_OFF: _("This door is not in use. Take another one, or ask HR."),
    Reason.NOT_EMPLOYED: _("The door stays shut for you today. Ask HR."),
    Reason.OUTSIDE_SCHEDULE: _("The door stays shut: you are outside your hours here. Ask HR."),
    Reason.NO_CONSENT: _("The door stays shut: you did not agree to doors by face. Use your PIN."),
    Reason.LIVENESS: _("The door stays shut: look at the camera yourself, or use your PIN."),
    Reason.FACE_NEEDED: _("This door wants your face first, then your PIN. Look at the camera."),
    Reason.PIN_NEEDED: _("Now enter your PIN: this door wants both."),
    Reason.ALREADY_INSIDE: _("You are inside already, as this door knows it. Leave by a door first, or ask HR."),
}
NOT_DELIVERED = _("The door did not answer. Try once more, or ring.")
RING_OUT = {DoorPulse.State.FAILED, DoorPulse.State.VOID}


def said(event: AccessEvent, pulse: DoorPulse | None) -> str:
    """What the kiosk says to the person."""
    return str(NOT_DELIVERED if pulse is not None and pulse.state in RING_OUT else SAID[event.reason])


def listed(event: AccessEvent) -> str:
    """A few words for the list."""
    if event.reason == Reason.GRANTED:
        pulse = getattr(event, "pulse", None)
        if event.method == AccessEvent.Method.EMERGENCY:
            return str(_("Held open"))
        if pulse is not None and pulse.state in RING_OUT:
            return str(pulse.get_state_display())
    return str(LIST[event.reason])
