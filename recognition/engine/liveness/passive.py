"""From what a burst shows by itself to one score: does this look like a picture of a person?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from recognition.engine.liveness import geometry, motion
from recognition.engine.liveness.frame import Frame
from recognition.engine.liveness.identity import Gathered
from recognition.engine.liveness.network import LivenessNetwork
from recognition.engine.liveness.repeats import repeated
from recognition.engine.quality import ramp
from recognition.engine.types import Mesh

Outcome = Literal["", "live", "unsure", "suspect"]

# Each cue: the figure from which it begins to count and the one from which it is certain of itself. Chosen on the real
# bursts of docs/liveness.md, of which some people's were left out and measured.
SURROUNDINGS = (0.55, 0.75)
# Pixels (of a picture 480 wide): less is a body that breathes, or a camera that is not quite fixed.
SURROUNDINGS_MOVE = 5.0
# A flat thing that turns squeezes the face more than it bends it: the squeeze over the homography's residual.
FLAT_TURN = 0.04
FLAT = (2.75, 3.75)
SUSPECT = 0.5
# Movement alone is certain of itself or says nothing where a network has looked at the face.
BESIDE_NETWORK = 0.5
# Below this a burst that a network has looked at is live; without one it is where no plane explains how the face moved.
LIVE = 0.25
SOLID = 0.035


@dataclass(frozen=True, slots=True)
class Layers:
    """Which cues are asked: the network on single frames, movement, frames that come again."""

    picture: bool = True
    motion: bool = True
    repeats: bool = True


@dataclass(frozen=True, slots=True)
class Passive:
    """``score`` 0 (nothing speaks against life) to 1; ``reasons``: the cues that speak against it, strongest first.

    ``outcome``: ``suspect`` from one half, ``live`` where the network is sure of a face or the face moved as a solid
    thing does, ``unsure`` in between, "" where there was no mesh to look at. ``figures``: what was measured, by cue.
    """

    outcome: Outcome
    score: float
    reasons: tuple[str, ...]
    figures: dict[str, float]


NOTHING = Passive("", 0.0, (), {})


def judge(
    frames: Sequence[Frame],
    layers: Layers,
    *,
    network: LivenessNetwork | None = None,
    seen_before: bool = False,
    together: Gathered | None = None,
) -> Passive:
    """Judge a burst (its frames in order of time). ``network``: what looks at single frames, where there is one.

    ``seen_before``: one of its frames had been sent before. ``together``: what comparing its faces gave; two people are
    in doubt whichever layers are asked. Frames without a mesh tell nothing.
    """
    meshed = [frame for frame in frames if frame.mesh is not None]
    if not meshed:
        return NOTHING
    figures: dict[str, float] = {}
    doubts: dict[str, float] = {}
    solid = _motion(meshed, figures, doubts) if layers.motion else False
    looked = network is not None and layers.picture
    if network is not None and looked:
        doubts = {cue: doubt * BESIDE_NETWORK for cue, doubt in doubts.items()}
        figures["network"] = _evidence(meshed, network)
        doubts["network"] = network.doubt(figures["network"])
    # What moves has one cause: the two cues of movement are not counted twice.
    score = doubts.get("network", 0.0) + max(doubts.get("flat", 0.0), doubts.get("surroundings", 0.0))
    if together is not None:
        figures["apart"] = together.apart
        doubts["two_people"] = float(together.two_people)
    again = ("replayed" if seen_before else repeated(frames)) if layers.repeats else ""
    if again:
        doubts[again] = 1.0
    score = min(1.0, max(score, doubts.get("two_people", 0.0), doubts.get(again, 0.0)))
    suspect = score >= SUSPECT
    reasons = sorted((cue for cue in doubts if doubts[cue] >= SUSPECT / 2), key=lambda cue: -doubts[cue])
    outcome: Outcome = "suspect" if suspect else "live" if (score < LIVE if looked else solid) else "unsure"
    rounded = {name: round(value, 3) for name, value in figures.items()}
    return Passive(outcome, round(score, 3), tuple(reasons) if suspect else (), rounded)


def _evidence(meshed: Sequence[Frame], network: LivenessNetwork) -> float:
    """The mean over the burst's frames."""
    return float(np.mean([network.evidence(frame.image, frame.face) for frame in meshed if frame.face]))


def _motion(meshed: Sequence[Frame], figures: dict[str, float], doubts: dict[str, float]) -> bool:
    """Fills in the cues of movement; True when the face moved as no plane does."""
    if len(meshed) < 2:
        return False
    around = motion.surroundings(meshed)
    first = meshed[0].mesh
    assert first is not None
    turns = [_turn(first, frame.mesh) for frame in meshed[1:] if frame.mesh]
    squeeze, residual = max(turns)
    figures |= {"around": around.moving, "face_moved": around.face, "squeeze": squeeze, "residual": residual}
    if around.known and max(around.face, around.around) >= SURROUNDINGS_MOVE:
        doubts["surroundings"] = ramp(around.moving, *SURROUNDINGS)
    flat = [squeeze / max(1e-3, residual) for squeeze, residual in turns if squeeze >= FLAT_TURN]
    if flat:
        doubts["flat"] = ramp(max(flat), *FLAT)
    return residual >= SOLID


def _turn(first: Mesh, other: Mesh) -> tuple[float, float]:
    """Against the first frame: by how much the face is squeezed, and what no plane explains of it."""
    return geometry.plane_turn(first, other), geometry.plane_residual(first, other)
