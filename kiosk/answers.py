"""What the kiosk's page is told of a person and a punch, in that person's own language."""

from __future__ import annotations

from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from attendance.models import Kiosk
from attendance.services.clock import ClockRefused, ClockResult
from doors.models import Door
from employees.models import Employee
from kiosk import greeting
from kiosk.models import KioskSettings
from kiosk.services.proposals import Offer, claim_make, proposal_confirm, undo_make
from recognition.models import Decision
from recognition.services import can_verify


def spoken_to(person: Employee) -> str:
    """The language in which this person is spoken to: their own, or the page's."""
    return person.language or translation.get_language() or "en"


def offer_answer(offer: Offer, own_greeting: str = "") -> dict[str, Any]:
    """A punch that may be confirmed."""
    person = offer.employee
    with translation.override(spoken_to(person)):
        if offer.already:
            said = greeting.already(direction=offer.direction, local=offer.at)
        else:
            said = greeting.hello(employee=person, local=offer.at, own=own_greeting)
    return {
        "outcome": str(Decision.Outcome.IDENTIFIED),
        "name": person.name,
        "language": spoken_to(person),
        "greeting": said,
        "direction": offer.direction,
        "time": greeting.clock_time(offer.at),
        "already": offer.already,
        "proposal": offer.token,
        "advice": "",
    }


def recorded_answer(kiosk: Kiosk, result: ClockResult) -> dict[str, Any]:
    """A punch that was stored, or that was there already."""
    event = result.event
    local = event.at.astimezone(kiosk.zone)
    with translation.override(spoken_to(event.employee)):
        if result.already:
            said = greeting.already(direction=event.direction, local=local)
        else:
            said = greeting.recorded(employee=event.employee, direction=event.direction)
    return {
        "outcome": "already" if result.already else "recorded",
        "replayed": result.replayed,
        "name": event.employee.name,
        "language": spoken_to(event.employee),
        "direction": event.direction,
        "time": greeting.clock_time(local),
        "greeting": said,
        "undo": "" if result.already else undo_make(kiosk=kiosk, event=event),
    }


def offered_answer(
    kiosk: Kiosk, offer: Offer, door: Door | None, passed: dict[str, Any], own_greeting: str = ""
) -> dict[str, Any]:
    """The offer to confirm; where passing the door clocks, the punch itself."""
    if door is None or not door.clocks or not offer.token or not passed["door"]["opened"]:
        return offer_answer(offer, own_greeting)
    direction = offer.direction if door.leads == Door.Leads.BOTH else door.leads
    try:
        return recorded_answer(kiosk, proposal_confirm(kiosk=kiosk, token=offer.token, direction=direction))
    except ClockRefused as error:
        return {"outcome": "refused", "code": error.code, "advice": error.message}


def known_answer(kiosk: Kiosk, chosen: KioskSettings, employee: Employee) -> dict[str, Any] | None:
    """After a right PIN or badge: the question for the face that goes with it, where HR wants one and there is one."""
    if chosen.mode != KioskSettings.Mode.VERIFY or not can_verify(employee):
        return None
    advice = _("Now look at the camera, %(name)s.") % {"name": employee.first_name}
    return {"outcome": "face_needed", "claim": claim_make(kiosk=kiosk, employee=employee), "advice": advice}
