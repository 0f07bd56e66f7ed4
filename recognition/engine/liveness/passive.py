"""From what a burst shows by itself to one score: does this look like a picture of a person?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from recognition.engine.liveness import geometry, motion, picture
from recognition.engine.liveness.frame import Frame
from recognition.engine.liveness.identity import Gathered
from recognition.engine.liveness.repeats import repeated
from recognition.engine.quality import ramp

Outcome = Literal["", "live", "unsure", "suspect"]

# Each cue: the figure from which it begins to count and the one from which it is certain of itself. Measured on the
# films and attacks of docs/liveness.md, those of the kinds held aside left out.
MOIRE = (8.0, 11.0)
BORDER = (1.6, 2.2)
GLARE = (3.0, 8.0)
SURROUNDINGS = (0.45, 0.65)
# A flat thing that turns squeezes the face more than it bends it: the squeeze over the homography's residual.
FLAT_TURN = 0.05
FLAT = (2.5, 4.0)
SUSPECT = 0.5
# The face moved by so many pixels (of a picture 480 wide) and what surrounds it stood still: that is what people do.
ALONE = 0.3


@dataclass(frozen=True, slots=True)
class Layers:
    """Which cues are asked: those of single frames, of movement, of frames that come again."""

    picture: bool = True
    motion: bool = True
    repeats: bool = True


@dataclass(frozen=True, slots=True)
class Passive:
    """``score`` 0 (nothing speaks against life) to 1; ``reasons``: the cues at one half and above, strongest first.

    ``outcome``: ``suspect`` from one half, ``live`` where a face moved before surroundings that stood still, ``unsure``
    in between, "" where there was no mesh to look at. ``figures``: what was measured, by cue.
    """

    outcome: Outcome
    score: float
    reasons: tuple[str, ...]
    figures: dict[str, float]


NOTHING = Passive("", 0.0, (), {})


def judge(
    frames: Sequence[Frame], layers: Layers, *, seen_before: bool = False, together: Gathered | None = None
) -> Passive:
    """Judge a burst (its frames in order of time). ``seen_before``: one of its frames had been sent before.

    ``together``: what comparing its faces gave; two people are in doubt whichever layers are asked.

    Costs about 15 ms beyond the meshes (docs/liveness.md); frames without a mesh tell nothing.
    """
    meshed = [frame for frame in frames if frame.mesh is not None]
    if not meshed:
        return NOTHING
    figures: dict[str, float] = {}
    doubts: dict[str, float] = {}
    if layers.picture:
        _picture(meshed, figures, doubts)
    alive = _motion(meshed, figures, doubts) if layers.motion else False
    if together is not None:
        figures["apart"] = together.apart
        doubts["two_people"] = float(together.two_people)
    again = ("replayed" if seen_before else repeated(frames)) if layers.repeats else ""
    if again:
        doubts[again] = 1.0
    score = max(doubts.values(), default=0.0)
    reasons = tuple(sorted((cue for cue in doubts if doubts[cue] >= SUSPECT), key=lambda cue: -doubts[cue]))
    outcome: Outcome = "suspect" if reasons else "live" if alive else "unsure"
    return Passive(outcome, round(score, 3), reasons, {name: round(value, 3) for name, value in figures.items()})


def _picture(meshed: Sequence[Frame], figures: dict[str, float], doubts: dict[str, float]) -> None:
    middle = meshed[len(meshed) // 2]
    figures["moire"] = picture.moire(meshed[:2])
    figures["border"] = picture.border(middle)
    figures["glare"] = picture.glare(middle)
    doubts["moire"] = ramp(figures["moire"], *MOIRE)
    doubts["border"] = ramp(figures["border"], *BORDER)
    doubts["glare"] = ramp(figures["glare"], *GLARE)


def _motion(meshed: Sequence[Frame], figures: dict[str, float], doubts: dict[str, float]) -> bool:
    """Fills in the cues of movement; True when the face moved alone."""
    if len(meshed) < 2:
        return False
    around = motion.surroundings(meshed)
    squeeze, residual = _squeeze(meshed)
    figures |= {"around": around.moving, "face_moved": around.face, "squeeze": squeeze, "residual": residual}
    if around.known:
        doubts["surroundings"] = ramp(around.moving, *SURROUNDINGS)
    if squeeze >= FLAT_TURN:
        doubts["flat"] = ramp(squeeze / max(1e-3, residual), *FLAT)
    return around.known and around.moving <= ALONE and around.face >= motion.LEAST_MOVE


def _squeeze(meshed: Sequence[Frame]) -> tuple[float, float]:
    """Of the frame that is squeezed most against the first one: by how much, and what no plane explains of it."""
    first, *others = (frame.mesh for frame in meshed if frame.mesh)
    most = max(others, key=lambda mesh: geometry.plane_turn(first, mesh))
    return geometry.plane_turn(first, most), geometry.plane_residual(first, most)
