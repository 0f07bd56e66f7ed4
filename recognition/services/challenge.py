"""Judge the film that answers a liveness request, once."""

from __future__ import annotations

from collections.abc import Sequence

from recognition import gallery
from recognition.engine.liveness.challenge import neutral, verify
from recognition.engine.liveness.frame import Frame
from recognition.engine.liveness.identity import Likeness
from recognition.engine.types import Vector
from recognition.models import Decision, LivenessChallenge
from recognition.services.frames import frames_of
from recognition.services.identify import Answer, identify
from recognition.services.liveness import LivenessPolicy, LivenessResult, challenge_take, cues_of

MOST_FRAMES = 95


def challenge_answer(
    *,
    challenge_id: str,
    images: Sequence[bytes],
    times: Sequence[float],
    asker: str,
    asker_id: str,
    liveness: LivenessPolicy,
    one_to_one: bool = False,
    use: str = "",
    pictures: bool = True,
) -> Answer:
    """Judge the film that answers a request, and say who it shows if it does.

    The request is used up, whatever comes out. The outcome is ``not_live`` where the film does not show what was asked
    for, or not the person of the look before; ``one_to_one``: nobody but that person is compared; ``use`` and
    ``pictures`` as for ``identify``. Raises ``LivenessError`` and what ``identify`` raises.
    """
    challenge = challenge_take(challenge_id=challenge_id, asker_id=asker_id, seconds=times[-1] if times else 0.0)
    view = gallery.current()
    frames = frames_of(view.engine, images, times)
    cues = cues_of(challenge)

    def embed(frame: Frame) -> Vector:
        assert frame.face is not None
        return view.engine.embed(frame.image, frame.face)

    result = verify(frames, cues, embed, Likeness.of(view.engine.calibration))
    life = LivenessResult(
        outcome=Decision.Liveness.PASSED if result.passed else Decision.Liveness.FAILED,
        reason=result.code,
        figures={"steps": list(result.figures), "identity": round(result.identity, 3), "frames": len(frames)},
        claimed=challenge.decision.employee_id,
    )
    calm = neutral(frames, cues) or frames[:3]
    chosen = [image for image, frame in zip(images, frames, strict=True) if any(frame is one for one in calm)]
    claimed = challenge.decision.employee if one_to_one else None
    answer = identify(
        images=chosen,
        frames=calm,
        asker=asker,
        asker_id=asker_id,
        claimed=claimed,
        liveness=liveness,
        proof=life,
        use=use,
        refresh=pictures,
        pictures=pictures,
    )
    LivenessChallenge.objects.filter(pk=challenge.pk).update(answer=answer.decision)
    return answer
