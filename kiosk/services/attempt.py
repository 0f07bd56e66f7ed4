"""Somebody stands before a kiosk: who it is, what becomes of the door beside it, and which punch they may confirm.

``attempt`` is the one way from evidence (frames, a PIN, a badge) to an outcome; ``confirm`` is the second step, from an
offer to a stored punch. Both decide everything; the views only translate.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from attendance.models import ClockEvent, Kiosk
from attendance.refusals import AttendanceRefused
from attendance.services.clock import ClockResult, clock
from doors.models import Door
from employees.models import Employee
from employees.services import BADGE_MARK, EmployeeError, covers
from kiosk.errors import KioskError
from kiosk.models import KioskSettings
from kiosk.services.door import Passage, door_of, pass_by_face, pass_by_pin
from kiosk.services.faces import frames_identify, is_live
from kiosk.services.pin import kiosk_badge_check, kiosk_pin_check
from kiosk.services.proposals import Proposal, claim_make, claim_open, proposal_confirm, proposal_make
from kiosk.services.site_test import site_test_is_shown
from recognition.models import Decision, LivenessChallenge
from recognition.services import Answer, can_verify, challenge_issue

Method = ClockEvent.Method
AT_THE_DOOR = {Decision.Outcome.IDENTIFIED, Decision.Outcome.UNKNOWN, Decision.Outcome.NOT_LIVE}
"""What is an attempt to pass; a bad picture is not."""
LONGEST_NUMBER, LONGEST_PIN, LONGEST_CODE = 40, 40, 200
NUMBER = re.compile(r"[A-Za-z0-9._-]{1,40}")
"""What an employee's number looks like."""


@dataclass(frozen=True, slots=True)
class Frames:
    """A burst of the camera: encoded pictures, and when each was taken (JSON, milliseconds).

    ``challenge``: the id of the liveness request that they answer. ``claim``: the token that the right number and PIN
    gave, where the face only confirms those.
    """

    images: Sequence[bytes]
    times: str = ""
    challenge: str = ""
    claim: str = ""


@dataclass(frozen=True, slots=True)
class Pin:
    """What was typed."""

    number: str
    pin: str


@dataclass(frozen=True, slots=True)
class Badge:
    """The text of a code that the camera read."""

    code: str


Evidence = Frames | Pin | Badge


@dataclass(frozen=True, slots=True)
class NeedsChallenge:
    """The face has to show first that it lives, as ``challenge`` says."""

    challenge: LivenessChallenge
    advice: str


@dataclass(frozen=True, slots=True)
class NeedsFace:
    """Number and PIN, or a badge, were right; the face has to confirm them. ``claim`` goes with its frames."""

    employee: Employee
    claim: str


@dataclass(frozen=True, slots=True)
class NeedsPin:
    """The badge, or a printed code, gave a number; the PIN has to confirm it. Nobody need have a printed one."""

    number: str


@dataclass(frozen=True, slots=True)
class Offer:
    """A punch that the person may confirm; ``look`` is what recognition answered, where there was a face."""

    proposal: Proposal
    door: Passage | None = None
    look: Answer | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """A punch that is stored, or, after a confirmation, was there already."""

    result: ClockResult
    door: Passage | None = None
    look: Answer | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Known, and yet nothing was recorded: why, for programs and for the person."""

    code: str
    advice: str
    door: Passage | None = None
    look: Answer | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody was named: ``outcome`` says why, for programs, ``advice`` what the person can do."""

    outcome: str
    advice: str
    door: Passage | None = None
    look: Answer | None = None


Outcome = NeedsChallenge | NeedsFace | NeedsPin | Offer | Recorded | Refused | Unknown


def attempt(kiosk: Kiosk, evidence: Evidence) -> Outcome:
    """Take one attempt to clock at this kiosk, and to pass the door beside it, as far as it goes without the person.

    Raises what is no answer to the person but a fault of the request: ``KioskError`` (``kiosk_under_test``,
    ``claim_invalid``, ``pin_off``, ``pin_missing``, ``badge_off``, ``code_missing``, ``pin_throttled``),
    ``LivenessError``, and ``ImageRejected`` and ``ModelUnavailable`` of recognition.
    """
    if site_test_is_shown(kiosk=kiosk):
        raise KioskError(
            "kiosk_under_test", _("This kiosk is being tested: nobody can clock here until the test is over.")
        )
    chosen = KioskSettings.of(kiosk)
    match evidence:
        case Frames():
            return _by_face(kiosk, chosen, evidence)
        case Pin():
            return _by_pin(kiosk, chosen, evidence)
        case Badge():
            return _by_badge(kiosk, chosen, evidence)


def confirm(kiosk: Kiosk, *, token: str, direction: str) -> Recorded | Refused:
    """Record an offer in the direction the person left or chose; the same call again changes nothing.

    Raises ``KioskError`` as ``proposal_confirm`` does.
    """
    try:
        return Recorded(proposal_confirm(kiosk=kiosk, token=token, direction=direction))
    except AttendanceRefused as refused:
        return Refused(refused.code, refused.message)


def _by_face(kiosk: Kiosk, chosen: KioskSettings, frames: Frames) -> Outcome:
    verifies, claimed = chosen.mode == KioskSettings.Mode.VERIFY, None
    if verifies and not frames.challenge:
        claimed = claim_open(kiosk=kiosk, token=frames.claim)
    door = door_of(kiosk)
    look = frames_identify(
        kiosk=kiosk,
        chosen=chosen,
        door=door,
        images=frames.images,
        times=frames.times,
        challenge=frames.challenge,
        claimed=claimed,
    )
    if look.outcome == Decision.Outcome.CHALLENGE:
        return NeedsChallenge(challenge_issue(decision=look.decision), look.advice)
    passage = None
    if door is not None and look.outcome in AT_THE_DOOR:
        passage = pass_by_face(
            door=door, employee=look.employee, decision=look.decision, live=is_live(look.decision), pin_given=verifies
        )
    if look.employee is None:
        advice = look.advice
        if claimed is not None and look.outcome == Decision.Outcome.UNKNOWN:
            advice = _("This face does not go with that number. Try again, or ask HR.")
        return Unknown(look.outcome, advice, passage, look)
    known = _Known(kiosk, look.employee, Method.FACE, deliberate=verifies)
    return _offered(known, door, passage, look)


def _by_pin(kiosk: Kiosk, chosen: KioskSettings, typed: Pin) -> Outcome:
    _check_pin_on(chosen)
    if not typed.number.strip() or not typed.pin:
        raise KioskError("pin_missing", _("Send “number” and “pin”."))
    try:
        employee = kiosk_pin_check(kiosk=kiosk, number=typed.number[:LONGEST_NUMBER], pin=typed.pin[:LONGEST_PIN])
    except EmployeeError as error:
        return Unknown(error.code, error.message)
    door = door_of(kiosk)
    if _face_is_needed(chosen, employee, door):
        return NeedsFace(employee, claim_make(kiosk=kiosk, employee=employee))
    passage = pass_by_pin(door=door, employee=employee) if door is not None else None
    return _offered(_Known(kiosk, employee, Method.PIN, deliberate=True), door, passage)


def _by_badge(kiosk: Kiosk, chosen: KioskSettings, badge: Badge) -> Outcome:
    if chosen.badge == KioskSettings.Badge.OFF:
        raise KioskError("badge_off", _("This kiosk reads no badges. Use another way, or ask HR."))
    if not badge.code.strip():
        raise KioskError("code_missing", _("Send the badge's text as “code”."))
    code = badge.code.strip()[:LONGEST_CODE]
    if NUMBER.fullmatch(code) and not code.startswith(BADGE_MARK):
        # A number printed as a code is not looked up: the answer would tell which numbers there are.
        _check_pin_on(chosen)
        return NeedsPin(code)
    try:
        employee = kiosk_badge_check(kiosk=kiosk, code=code)
    except EmployeeError as error:
        return Unknown(error.code, error.message)
    if chosen.badge == KioskSettings.Badge.ALONE:
        if _face_is_needed(chosen, employee, door_of(kiosk)):
            return NeedsFace(employee, claim_make(kiosk=kiosk, employee=employee))
        # A badge may be lent: it never opens a door. It may also hang from a neck, in the camera's view.
        return _offered(_Known(kiosk, employee, Method.BADGE, deliberate=False), None, None)
    _check_pin_on(chosen)
    return NeedsPin(employee.number)


@dataclass(frozen=True, slots=True)
class _Known:
    """Who it is, and how that is known; ``deliberate``: by a PIN, too."""

    kiosk: Kiosk
    employee: Employee
    method: str
    deliberate: bool


def _offered(known: _Known, door: Door | None, passage: Passage | None, look: Answer | None = None) -> Outcome:
    """The punch to confirm; where passing the door clocks, the punch itself, unless a touch has to tell its way."""
    decision = look.decision if look is not None else None
    proposal = proposal_make(
        kiosk=known.kiosk, employee=known.employee, method=known.method, decision=decision, deliberate=known.deliberate
    )
    if door is None or not door.clocks or passage is None or not passage.opened:
        return Offer(proposal, passage, look)
    stated = "" if door.leads == Door.Leads.BOTH else door.leads
    if (proposal.touch and not stated) or (proposal.already and stated in ("", proposal.direction)):
        return Offer(proposal, passage, look)
    try:
        result = clock(
            employee=known.employee,
            direction=stated or proposal.direction,
            at=timezone.now() if proposal.already else proposal.at,
            zone=known.kiosk.time_zone,
            method=known.method,
            kiosk=known.kiosk,
            decision=decision,
            idempotency_key=f"kiosk-{uuid.uuid4().hex}",
        )
    except AttendanceRefused as refused:
        return Refused(refused.code, refused.message, passage, look)
    if result.already:
        at = result.event.at.astimezone(known.kiosk.zone)
        return Offer(Proposal(known.employee, result.event.direction, at, already=True), passage, look)
    return Recorded(result, passage, look)


def _face_is_needed(chosen: KioskSettings, employee: Employee, door: Door | None) -> bool:
    """After a right PIN or badge: whether HR wants the face that goes with it, and there is one to compare with.

    Beside a door, who agreed to clock by face and not to doors is not asked: the door would stay shut.
    """
    if chosen.mode != KioskSettings.Mode.VERIFY or not can_verify(employee):
        return False
    return door is None or covers(employee, "doors")


def _check_pin_on(chosen: KioskSettings) -> None:
    if not chosen.pin:
        raise KioskError("pin_off", _("This kiosk takes no PINs. Look at the camera, or ask HR."))
