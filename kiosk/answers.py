"""What the kiosk's page is told of an attempt: the outcome as JSON, in the person's own language."""

from __future__ import annotations

import base64
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from attendance.models import Kiosk
from common.company import company
from employees.models import Employee, Portrait
from employees.services import portrait_read
from employees.vault import VaultError
from kiosk import greeting
from kiosk.models import KioskSettings, KioskTest
from kiosk.services import (
    NeedsChallenge,
    NeedsFace,
    NeedsPin,
    Offer,
    Outcome,
    Recorded,
    Refused,
    Unknown,
)
from kiosk.services.door import Passage
from kiosk.services.proposals import undo_make
from kiosk.services.site_test import TakenLook, usable_looks
from kiosk.site_test.words import step_words
from recognition.models import Decision
from recognition.services import Answer, challenge_request


def spoken_to(person: Employee) -> str:
    """The language in which this person is spoken to: their own, or the page's."""
    return person.language or translation.get_language() or "en"


def attempt_answer(kiosk: Kiosk, outcome: Outcome) -> dict[str, Any]:
    """The outcome as the page's script reads it."""
    match outcome:
        case NeedsChallenge():
            request = challenge_request(outcome.challenge)
            return {"outcome": str(Decision.Outcome.CHALLENGE), "advice": outcome.advice, "challenge": request}
        case NeedsFace():
            advice = _("Now look at the camera, %(name)s.") % {"name": outcome.employee.first_name}
            return {"outcome": "face_needed", "claim": outcome.claim, "advice": advice}
        case NeedsPin():
            return {"outcome": "number", "number": outcome.number, "advice": ""}
        case Offer():
            own_greeting = KioskSettings.of(kiosk).greeting
            return {**_offer(kiosk, outcome, own_greeting), **_look(outcome.look), **_door(outcome.door)}
        case Recorded():
            return {**_recorded(kiosk, outcome), **_look(outcome.look), **_door(outcome.door)}
        case Refused():
            told = {"outcome": "refused", "code": outcome.code, "advice": outcome.advice}
            return {**told, **_look(outcome.look), **_door(outcome.door)}
        case Unknown():
            told = {"outcome": outcome.outcome, "advice": outcome.advice}
            box = {"box": outcome.look.box} if outcome.look is not None else {}
            return {**told, **box, **_door(outcome.door)}


def site_test_answer(test: KioskTest | None, taken: TakenLook | None = None) -> dict[str, Any]:
    """Where a test of the kiosk stands, and whether the look that was just taken counts; nobody's name is in it."""
    if test is None or test.ended_at is not None:
        return {"over": True}
    step = test.current
    person = Employee.objects.filter(pk=step.employee).first() if step.employee is not None else None
    title, text = step_words(step, person.first_name if person is not None else "")
    told = {
        "over": False,
        "step": test.step,
        "steps": len(test.steps),
        "title": title,
        "text": text,
        "done": usable_looks(test),
        "looks": step.looks,
        "seconds": step.seconds,
    }
    if taken is None:
        return told
    return {**told, "look": {"counts": taken.counts, "outcome": taken.outcome, "advice": taken.advice}}


def _offer(kiosk: Kiosk, offer: Offer, own_greeting: str) -> dict[str, Any]:
    proposal = offer.proposal
    person = proposal.employee
    with translation.override(spoken_to(person)):
        if proposal.already:
            said = greeting.already(direction=proposal.direction, local=proposal.at)
        else:
            said = greeting.hello(employee=person, local=proposal.at, own=own_greeting)
        recent = proposal.recent
        standing = (
            greeting.already(direction=recent.direction, local=recent.at.astimezone(kiosk.zone)) if recent else ""
        )
    told = {
        "outcome": str(Decision.Outcome.IDENTIFIED),
        "name": person.name,
        "language": spoken_to(person),
        "greeting": said,
        "direction": proposal.direction,
        "time": greeting.clock_time(proposal.at),
        "already": proposal.already,
        "proposal": proposal.token,
        "advice": "",
        "portrait": _portrait(person),
    }
    # Only where the page must not record by itself; ``standing`` is said when nobody touches it.
    return {**told, "touch": True, "standing": standing} if proposal.touch else told


def _recorded(kiosk: Kiosk, recorded: Recorded) -> dict[str, Any]:
    result, event = recorded.result, recorded.result.event
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


def _portrait(person: Employee) -> str:
    """The person's portrait as an address of its own, where they agreed to one and the company shows them."""
    if not company().kiosk_portraits:
        return ""
    found = Portrait.objects.select_related("employee", "photo__employee").filter(employee=person).first()
    try:
        picture = portrait_read(found, Portrait.SIZES[-1]) if found is not None else b""
    except (OSError, VaultError):
        # Nobody has to wait before a door for a picture.
        return ""
    return f"data:image/jpeg;base64,{base64.b64encode(picture).decode()}" if picture else ""


def _look(look: Answer | None) -> dict[str, Any]:
    return {} if look is None else {"box": look.box, "confidence": round(look.confidence, 4)}


def _door(door: Passage | None) -> dict[str, Any]:
    if door is None:
        return {}
    return {"door": {"opened": door.opened, "reason": door.event.reason, "text": door.text}}
