"""The answer to a liveness request: one film, judged once, by the frames before the request and what came after it."""

from __future__ import annotations

from collections.abc import Sequence

from recognition import gallery
from recognition.engine.liveness.challenge import neutral, verify
from recognition.engine.liveness.identity import Likeness
from recognition.engine.liveness.sight import Sight
from recognition.engine.types import Vector
from recognition.models import Decision, LivenessChallenge
from recognition.services.identify import Answer, identify
from recognition.services.liveness import Life, Policy, challenge_take, cues_of
from recognition.services.sights import sights_of

MOST_FRAMES = 95


def challenge_answer(
    *,
    challenge_id: str,
    images: Sequence[bytes],
    times: Sequence[float],
    asker: str,
    asker_id: str,
    liveness: Policy,
    one_to_one: bool = False,
    use: str = "",
) -> Answer:
    """Judge the film that answers a request, and say who it shows if it does.

    The request is used up, whatever comes out. The outcome is ``not_live`` where the film does not show what was asked
    for, or not the person of the look before; ``one_to_one``: nobody but that person is compared; ``use`` as for
    ``identify``. Raises ``LivenessError`` and what ``identify`` raises.
    """
    challenge = challenge_take(challenge_id=challenge_id, asker_id=asker_id, seconds=times[-1] if times else 0.0)
    view = gallery.current()
    sights = sights_of(view.engine, images, times)
    cues = cues_of(challenge)

    def embed(sight: Sight) -> Vector:
        assert sight.face is not None
        return view.engine.embed(sight.image, sight.face)

    verdict = verify(sights, cues, embed, Likeness.of(view.engine.calibration))
    life = Life(
        outcome=Decision.Liveness.PASSED if verdict.passed else Decision.Liveness.FAILED,
        reason=verdict.code,
        figures={"steps": list(verdict.figures), "identity": round(verdict.identity, 3), "frames": len(sights)},
        claimed=challenge.decision.employee_id,
    )
    calm = neutral(sights, cues) or sights[:3]
    chosen = [image for image, sight in zip(images, sights, strict=True) if any(sight is one for one in calm)]
    claimed = challenge.decision.employee if one_to_one else None
    answer = identify(
        images=chosen, sights=calm, asker=asker, asker_id=asker_id, claimed=claimed, liveness=liveness, proof=life,
        use=use, refresh=True,
    )  # fmt: skip
    LivenessChallenge.objects.filter(pk=challenge.pk).update(answer=answer.decision)
    return answer
