"""One person throughout? Which frames have to be compared for that, and how far apart they may lie.

To embed every frame of a burst would take half of the time there is for a greeting. The best are embedded, and, of
what does not go on from the frame before, one more: a face that was exchanged between two frames shows in the picture,
and what shows there is decided by the vectors, so that a blurred frame costs some milliseconds and no refusal.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from recognition.engine import aligner
from recognition.engine.calibrate import Calibration, pair_threshold
from recognition.engine.gallery import centred
from recognition.engine.liveness.frame import Frame
from recognition.engine.types import Box, Vector

EMBEDDED = 3
"""The best three of five name people as surely as all five do (docs/appendix/recognition-matching.md)."""
# So sure of one person as two photos of different days can make one: no two people's photos of faces/aligned112 lie
# nearer (of 179,000 pairs), no two frames of one honest burst two thirds as far apart (docs/liveness.md).
SURE = 0.99
# Two chips of one face 0.12 s apart correlate by 0.87 and more, those of two people by 0.64 at most.
LIKE = 0.8
JUMP = 0.8
CHIP = 56
INNER = (slice(15, 50), slice(12, 44))

Grey = NDArray[np.float32]
Embed = Callable[[Frame], Vector]


@dataclass(frozen=True, slots=True, eq=False)
class Likeness:
    """How far apart vectors lie once the mean face is taken off, and up to which distance they are of one person."""

    centre: Vector
    limit: float

    @classmethod
    def of(cls, calibration: Calibration) -> Likeness:
        """For the vectors that belong to a calibration."""
        return cls(calibration.centre, pair_threshold(SURE, calibration.coefficients))

    def apart(self, anchors: Sequence[Vector], others: Sequence[Vector] = ()) -> float:
        """The largest distance between two anchors, or between an anchor and another; 0 without two vectors."""
        if not anchors:
            return 0.0
        rows = centred(np.stack([*anchors, *others]), self.centre)
        gaps = rows[: len(anchors), None] - rows[None]
        return float(np.sqrt((gaps**2).sum(axis=2)).max())


@dataclass(frozen=True, slots=True, eq=False)
class Gathered:
    """The vectors of a burst's best frames, by their places in it, and how far any two that were compared lie apart."""

    vectors: dict[int, Vector]
    apart: float = 0.0
    two_people: bool = False


def gather(frames: Sequence[Frame], scores: Sequence[float], embed: Embed, likeness: Likeness) -> Gathered:
    """Embed the best of a burst's frames and see whether all of it shows one person.

    ``scores``: how good each frame is, above 0 where it may say who it is.
    """
    usable = [place for place, score in enumerate(scores) if score > 0]
    if not usable:
        return Gathered({})
    best = sorted(sorted(usable, key=lambda place: -scores[place])[:EMBEDDED])
    vectors = {place: embed(frames[place]) for place in best}
    places = [place for place, frame in enumerate(frames) if frame.face is not None]
    alone = unseen([frames[place] for place in places], [places.index(place) for place in best])
    others = [embed(frames[max((places[index] for index in part), key=lambda place: scores[place])]) for part in alone]
    apart = likeness.apart([*vectors.values(), *others])
    return Gathered(vectors, apart, apart > likeness.limit)


def unseen(frames: Sequence[Frame], compared: Sequence[int]) -> list[list[int]]:
    """The stretches of frames, as places in ``frames``, in which none of those ``compared`` lies.

    A stretch ends where the next frame's face looks unlike the one before, or stands elsewhere. Each has a face.
    """
    parts: list[list[int]] = []
    chips = [_chip(frame) for frame in frames]
    for place in range(len(frames)):
        goes_on = place > 0 and _goes_on(frames, chips, place)
        if goes_on:
            parts[-1].append(place)
        else:
            parts.append([place])
    return [part for part in parts if not set(part) & set(compared)]


def leaps(frames: Sequence[Frame]) -> bool:
    """Does a face leap by most of its own width between two frames? Each frame has a face."""
    return any(_leap(one.face.box, other.face.box) for one, other in pairwise(frames) if one.face and other.face)


def _goes_on(frames: Sequence[Frame], chips: Sequence[Grey], place: int) -> bool:
    return not leaps(frames[place - 1 : place + 1]) and _like(chips[place - 1], chips[place]) >= LIKE


def _leap(one: Box, other: Box) -> bool:
    moved = np.hypot(one.x + one.w / 2 - other.x - other.w / 2, one.y + one.h / 2 - other.y - other.h / 2)
    return bool(moved > JUMP * other.w or not 0.5 < one.w / max(1, other.w) < 2)


def _chip(frame: Frame) -> Grey:
    """The inner face in grey, upright and of one size."""
    assert frame.face is not None
    matrix = aligner.similarity(frame.face.landmarks, aligner.TEMPLATE * (CHIP / aligner.CHIP))
    grey = cv2.cvtColor(aligner.warp(frame.image, matrix, CHIP), cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.GaussianBlur(grey, (0, 0), 1)[INNER], np.float32)


def _like(one: Grey, other: Grey) -> float:
    """How alike two chips are, whatever their light: the correlation, −1 to 1."""
    first, second = one - one.mean(), other - other.mean()
    return float((first * second).sum() / max(1e-6, float(np.sqrt((first**2).sum() * (second**2).sum()))))
