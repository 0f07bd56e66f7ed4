"""Does what surrounds the face move? A room before a fixed camera does not; paper and telephones in a hand do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from recognition.engine.liveness.frame import Frame

# The long side at which movement is followed: a face 150 pixels wide moves by some pixels in half a second.
SIDE = 480
# Around the face's middle, in its widths: nearer lies hair, farther another thing than a picture's own background.
NEAR, FAR = 0.8, 1.35
POINTS = 60
LEAST_POINTS = 8
# Pixels (at SIDE): less than this is the follower's own error.
LEAST_MOVE = 0.6
# A point that moves by less than this part of the face's movement stands still beside it.
STANDS = 0.3

Points = NDArray[np.float32]
Grey = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """``moving`` 0 to 1: the part of the followed points around the face that moved together, as one flat thing does.

    ``face``: how far the face moved, ``around``: how far that thing did, both in pixels of a picture 480 wide;
    ``points``: how many were followed. Before a blank wall, or where nothing moves, nothing is known.
    """

    moving: float
    face: float
    around: float
    points: int

    @property
    def known(self) -> bool:
        """Was there enough to see, and did anything move?"""
        return self.points >= LEAST_POINTS and max(self.face, self.around) >= LEAST_MOVE


UNKNOWN = Surroundings(0.0, 0.0, 0.0, 0)


def surroundings(frames: Sequence[Frame]) -> Surroundings:
    """Follow points in the face and around it from the first frame to the one in which the face has moved farthest.

    Lucas–Kanade on a pyramid (Bouguet, 2000).
    """
    seen = [frame for frame in frames if frame.mesh is not None]
    if len(seen) < 2:
        return UNKNOWN
    first = seen[0]
    last = max(seen[1:], key=lambda frame: _shift(first, frame))
    assert first.mesh is not None
    scale = SIDE / max(first.image.shape[:2])
    before, after = _grey(first, scale), _grey(last, scale)
    if before.shape != after.shape:
        return UNKNOWN
    face = (first.mesh.image * scale).astype(np.float32)
    corners: Any = cv2.goodFeaturesToTrack(before, POINTS, 0.02, 4, mask=_around(before.shape, face))
    if corners is None:
        return UNKNOWN
    (_points, in_face), (places, beside) = _followed(before, after, [face[::8], corners.reshape(-1, 2)])
    if len(in_face) < LEAST_POINTS or len(beside) < LEAST_POINTS:
        return UNKNOWN
    face_moved = float(np.median(np.linalg.norm(in_face, axis=1)))
    together, length = _as_one(places, beside, max(LEAST_MOVE, STANDS * face_moved))
    return Surroundings(together, face_moved, length, len(beside))


def _as_one(places: Points, moved: Points, least: float) -> tuple[float, float]:
    """The part of the points that an affinity carries along by more than ``least``, and the median of how far it does.

    In bad light each point wanders by itself, and no affinity carries them: that is not movement.
    """
    found: Any = cv2.estimateAffine2D(places, places + moved, method=cv2.RANSAC, ransacReprojThreshold=0.7)
    matrix = found[0]
    if matrix is None:
        return 0.0, 0.0
    carried = (places @ matrix[:, :2].T + matrix[:, 2] - places).astype(np.float32)
    length = np.linalg.norm(carried, axis=1)
    follows = np.linalg.norm(moved - carried, axis=1) < np.maximum(0.7, 0.3 * length)
    return float(((length > least) & follows).mean()), float(np.median(length))


def _followed(before: Grey, after: Grey, groups: Sequence[Points]) -> list[tuple[Points, Points]]:
    """Of each group the points that could be followed, and how far each went; one that does not come back is dropped.

    All groups in one call: most of its cost is the pyramids.
    """
    places = np.ascontiguousarray(np.concatenate(groups), np.float32)
    there, found = _flow(before, after, places)
    back, _found = _flow(after, before, there)
    kept = (found.reshape(-1) == 1) & (np.linalg.norm(back - places, axis=1) < 0.5)
    owners = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    chosen = [kept & (owners == group) for group in range(len(groups))]
    return [(places[mask], (there - places)[mask]) for mask in chosen]


def _flow(before: Grey, after: Grey, points: Points) -> tuple[Points, NDArray[np.uint8]]:
    follow: Any = cv2.calcOpticalFlowPyrLK
    there, found, _error = follow(before, after, points[:, None], None, winSize=(13, 13), maxLevel=3)
    return there[:, 0], found


def _grey(frame: Frame, scale: float) -> Grey:
    grey = cv2.cvtColor(frame.image, cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)


def _shift(one: Frame, other: Frame) -> float:
    assert one.mesh is not None
    assert other.mesh is not None
    return float(np.linalg.norm(other.mesh.image - one.mesh.image, axis=1).mean())


def _around(shape: tuple[int, ...], face: Points) -> Grey:
    """The ring beside and above the face; what lies below the chin goes where the head goes."""
    left, right = face[:, 0].min(), face[:, 0].max()
    width = float(right - left)
    x, y = round(float(left + right) / 2), round(float(face[:, 1].mean()))
    around = np.zeros(shape[:2], np.uint8)
    cv2.circle(around, (x, y), round(FAR * width), 1, -1)
    hair = (round(NEAR * width), round((NEAR + 0.2) * width))
    cv2.ellipse(around, (x, round(y - 0.1 * width)), hair, 0, 0, 360, 0, -1)
    around[max(0, y + round(0.25 * width)) :] = 0
    return around
