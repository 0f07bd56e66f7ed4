"""Check that a face lives: score a burst, issue random requests, take the answers."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from typing import Any, Literal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from common.inputs import UnreadableInput, read_json
from common.refusals import Refusal
from recognition import wording
from recognition.engine.liveness.challenge import Cue, draw, length
from recognition.engine.liveness.frame import Frame
from recognition.engine.liveness.identity import Gathered
from recognition.engine.liveness.passive import Layers, judge
from recognition.engine.liveness.repeats import digest
from recognition.liveness_network import network
from recognition.models import Decision, LivenessChallenge, SeenFrame

Strength = Literal["off", "flag", "suspect", "unsure", "always"]
FRAME_SECONDS = 0.12
"""How far apart the frames of a burst are taken to be that came without times."""
UPLOAD = timedelta(seconds=10)
REMEMBERED = timedelta(minutes=15)
EARLY = timedelta(seconds=0.7)
"""A film cannot be longer than the time since its request; clocks and the page's start may differ by this."""
FRAMES_A_SECOND = 6
REMEMBERED_REQUESTS = 20


@dataclass(frozen=True, slots=True)
class LivenessPolicy:
    """How much an asker cares: ``off``; ``flag``, noted only; a request to whoever looks like a picture (``suspect``),
    to whoever did not move like a person either (``unsure``), to everybody (``always``).

    ``remember``: whether its frames are held against those it sent before; not so for what waited for a network.
    """

    strength: Strength = "off"
    layers: Layers = field(default_factory=Layers)
    remember: bool = True

    def requests(self, liveness: str) -> bool:
        """Whether the person has to do something after a burst with this outcome."""
        if self.strength == "always":
            return True
        doubts = {"suspect": {"suspect"}, "unsure": {"suspect", "unsure"}}
        return liveness in doubts.get(self.strength, set())


OFF = LivenessPolicy()


@dataclass(frozen=True, slots=True)
class LivenessResult:
    """What is known of a face's liveness: ``outcome`` is one of ``Decision.Liveness`` or "" (not examined).

    ``claimed``: whom the look before a request showed; ``failed``: the answer to it did not do.
    """

    outcome: str = ""
    reason: str = ""
    figures: dict[str, Any] = field(default_factory=dict)
    claimed: int | None = None

    @property
    def failed(self) -> bool:
        """Whether an answer was given that proves nothing."""
        return self.outcome == Decision.Liveness.FAILED


class LivenessError(Refusal):
    """An answer that cannot be taken: ``code`` (``challenge_unknown``, ``challenge_used``, ``challenge_expired``,
    ``times_invalid``), ``message`` for people."""

    def __init__(self, code: str) -> None:
        status = {"challenge_unknown": 404, "challenge_used": 409, "challenge_expired": 409}.get(code, 400)
        super().__init__(code, wording.remedy(code), status=status)


def liveness_measure(
    *, frames: Sequence[Frame], together: Gathered, policy: LivenessPolicy, asker_id: str
) -> LivenessResult:
    """What a burst shows by itself; its frames are remembered for some minutes, so that they cannot come again.

    ``together``: what the comparison of its faces gave.
    """
    if policy.strength == "off" or not any(frame.mesh for frame in frames):
        return LivenessResult()
    again = policy.remember and policy.layers.repeats and _seen_before(frames, asker_id)
    found = judge(frames, policy.layers, network=network(), seen_before=again, together=together)
    figures = {**found.figures, "score": found.score, "reasons": list(found.reasons)}
    return LivenessResult(found.outcome, found.reasons[0] if found.reasons else "", figures)


def challenge_issue(*, decision: Decision) -> LivenessChallenge:
    """A fresh random request, tied to the look that made it necessary; for its asker alone, for some seconds.

    It is none of the last ``REMEMBERED_REQUESTS`` of this person: a film of how they answered those is worth nothing.
    """
    earlier = LivenessChallenge.objects.filter(decision__employee=decision.employee).order_by("-issued_at")
    asked = [[action for action, _at in one.cues] for one in earlier[:REMEMBERED_REQUESTS]]
    cues = draw(random.SystemRandom(), but=asked)
    now = timezone.now()
    return LivenessChallenge.objects.create(
        decision=decision,
        cues=[(cue.action, cue.at) for cue in cues],
        issued_at=now,
        expires_at=now + timedelta(seconds=length(cues)) + UPLOAD,
    )


def challenge_request(challenge: LivenessChallenge) -> dict[str, Any]:
    """What the page is told, in the reader's language: seconds from the first frame on."""
    cues = cues_of(challenge)
    return {
        "id": str(challenge.pk),
        "seconds": round(length(cues), 2),
        "frames_a_second": FRAMES_A_SECOND,
        "rest": wording.message("rest"),
        "steps": [{"action": cue.action, "at": cue.at, "text": wording.message(cue.action)} for cue in cues],
    }


def challenge_take(*, challenge_id: str, asker_id: str, seconds: float) -> LivenessChallenge:
    """Use a request up: the first answer is the only one. ``seconds``: how long the film is that answers it.

    Raises ``LivenessError``.
    """
    now = timezone.now()
    with transaction.atomic():
        try:
            found = LivenessChallenge.objects.select_related("decision__employee").select_for_update(of=("self",))
            challenge = found.get(pk=challenge_id, decision__asker_id=asker_id, decision__employee__isnull=False)
        except (LivenessChallenge.DoesNotExist, ValidationError) as error:
            raise LivenessError("challenge_unknown") from error
        if challenge.answered_at is not None:
            raise LivenessError("challenge_used")
        challenge.answered_at = now
        challenge.save(update_fields=["answered_at"])
    if now > challenge.expires_at or timedelta(seconds=seconds) > now - challenge.issued_at + EARLY:
        raise LivenessError("challenge_expired")
    return challenge


def cues_of(challenge: LivenessChallenge) -> tuple[Cue, ...]:
    """The stored request as the engine knows it."""
    return tuple(Cue(action, float(at)) for action, at in challenge.cues)  # type: ignore[arg-type]


def moments(times: str, count: int) -> list[float]:
    """The frames' times from what a page sends (JSON, milliseconds, rising), as seconds from the first one.

    Raises ``LivenessError`` (``times_invalid``).
    """
    if not times:
        return [index * FRAME_SECONDS for index in range(count)]
    try:
        given = [float(value) / 1000 for value in read_json(times)]
    except (TypeError, ValueError, OverflowError, UnreadableInput) as error:
        raise LivenessError("times_invalid") from error
    rising = all(later > earlier for earlier, later in pairwise(given))
    if len(given) != count or not rising or not all(abs(value) < 1e10 for value in given):
        raise LivenessError("times_invalid")
    return [value - given[0] for value in given]


def _seen_before(frames: Sequence[Frame], asker_id: str) -> bool:
    """Was one of these frames sent by this asker in an earlier burst? They are remembered from now on."""
    now = timezone.now()
    digests = {digest(frame.image) for frame in frames}
    mine = SeenFrame.objects.filter(asker_id=asker_id)
    mine.filter(at__lt=now - REMEMBERED).delete()
    seen = mine.filter(digest__in=digests).exists()
    SeenFrame.objects.bulk_create(SeenFrame(asker_id=asker_id, digest=name, at=now) for name in digests)
    return seen
