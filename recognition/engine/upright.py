"""Which way up is a face? YuNet lays upright landmarks into a face that stands on its head: its eyes are the mouth.

A face that is in doubt is looked at from all four sides; the right one has the highest detector score and the landmarks
on which detector and mesh agree best. One that is in doubt from there as well may lie askew, half way between two of
them: its landmarks would then be those of no face. docs/appendix/recognition-engine.md has what was measured.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from recognition.engine.detector import Detector, View
from recognition.engine.quality import level, tilt
from recognition.engine.scaling import shrink
from recognition.engine.types import RGB, Box, Face, Mesh

TURNS = (0, 90, 180, 270)
ASKEW = (45, 135, 225, 315)
# No face that lay or stood on its head was above the one and below the other; of upright webcam frames 2 % are not.
SURE_SCORE = 0.9
SURE_SHIFT = 5.0
# What the mesh says, in units of the detector's score: its disagreement with the detector (pixels of the 112×112 chip),
# and how sure it is of a face.
SHIFT_WEIGHT = 0.004
PRESENCE_WEIGHT = 0.03
# So much better a face has to be seen askew than from a side: what stands upright is not to be turned by chance.
ASKEW_MARGIN = 0.015
# Around the face, in its own sizes: hair and chin belong to what the detector looks at.
AROUND = 2.0
LOOK_SIDE = 256

FindMesh = Callable[[RGB, NDArray[np.float32]], Mesh]


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A square of the picture around a face, small, and how its coordinates map back: ``x = x' / scale + left``."""

    image: RGB
    left: int
    top: int
    scale_x: float
    scale_y: float


def doubtful(face: Face) -> bool:
    """Whether the face may stand on its head or lie on its side; it was found with landmarks that say upright."""
    return face.mesh is None or face.score < SURE_SCORE or face.mesh.shift > SURE_SHIFT


def righted(image: RGB, face: Face, detector: Detector, find_mesh: FindMesh) -> Face:
    """The face as it is seen from the side on which it stands upright, in the picture's own pixels.

    ``face`` itself where that is the side it was found from; otherwise a face whose ``turned`` says by how many
    degrees, clockwise, the picture has to be turned.
    """
    part = _part(image, face.box)
    sides = {turn: _best(part, turn, face.box, detector, image, find_mesh) for turn in TURNS}
    here = _value(sides[face.turned] or face)
    others = [side for turn, side in sides.items() if side is not None and turn != face.turned]
    best = max(others, key=_value, default=face)
    found = best if _value(best) > here else face
    if not doubtful(found):
        return found
    looks = [_askew(part, turn, face.box, detector, image, find_mesh) for turn in ASKEW]
    askew = max((look for look in looks if look is not None), key=_value, default=found)
    return askew if _value(askew) > max(here, _value(found)) + ASKEW_MARGIN else found


def lying(image: RGB, detector: Detector, *, turns: Sequence[int] = TURNS[1:]) -> list[Face]:
    """The faces, without a mesh, of a picture that is looked at from its other sides: from the one with the surest."""
    height, width = image.shape[:2]
    seen = [[_back(face, turn, width, height) for face in detector.first(_turned(image, turn))] for turn in turns]
    return max(seen, key=lambda faces: max((face.score for face in faces), default=0.0))


def side(faces: Sequence[Face]) -> int:
    """By how many degrees a picture has to be turned for these faces to stand upright: the surest one says it."""
    return max(faces, key=_value).turned


def _value(face: Face) -> float:
    """How much speaks for this side."""
    if face.mesh is None:
        return face.score
    return face.score - SHIFT_WEIGHT * face.mesh.shift + PRESENCE_WEIGHT * face.mesh.presence


def _best(part: Part, turn: int, box: Box, detector: Detector, image: RGB, find_mesh: FindMesh) -> Face | None:
    """The face in ``part``, turned, that lies where ``box`` is; with its mesh, in the picture's pixels."""
    side_y, side_x = part.image.shape[:2]
    seen = detector.look(View(_turned(part.image, turn), 1.0, 1.0, 0, 0))
    return _nearest([_placed(_back(face, turn, side_x, side_y), part) for face in seen], box, image, find_mesh)


def _askew(part: Part, turn: int, box: Box, detector: Detector, image: RGB, find_mesh: FindMesh) -> Face | None:
    """As ``_best``, turned by what is no multiple of 90 degrees; ``Face.turned`` is the side that lies nearest."""
    side_y, side_x = part.image.shape[:2]
    across = math.ceil(math.hypot(side_x, side_y))
    matrix: NDArray[np.float64] = np.asarray(cv2.getRotationMatrix2D((side_x / 2, side_y / 2), -turn, 1.0), np.float64)
    matrix[:, 2] += (across / 2 - side_x / 2, across / 2 - side_y / 2)
    turned = cv2.warpAffine(part.image, matrix, (across, across), borderMode=cv2.BORDER_REPLICATE)
    back = cv2.invertAffineTransform(matrix)
    seen = detector.look(View(np.asarray(turned, np.uint8), 1.0, 1.0, 0, 0))
    return _nearest([_placed(_straight(face, back), part) for face in seen], box, image, find_mesh)


def _straight(face: Face, back: NDArray[Any]) -> Face:
    """A face of a picture that was turned, where the matrix ``back`` says that it lies in the unturned one."""
    box = face.box
    x, y = back[:, :2] @ (box.x + box.w / 2, box.y + box.h / 2) + back[:, 2]
    landmarks = (face.landmarks @ back[:, :2].T + back[:, 2]).astype(np.float32)
    turned = min(TURNS, key=lambda one: abs(level(tilt(landmarks) + one)))
    place = Box(round(float(x - box.w / 2)), round(float(y - box.h / 2)), box.w, box.h)
    return Face(place, landmarks, face.score, turned=turned)


def _nearest(faces: Sequence[Face], box: Box, image: RGB, find_mesh: FindMesh) -> Face | None:
    """The surest of these faces where ``box`` is, with its mesh."""
    near = [face for face in faces if _overlap(face.box, box) > 0.2]
    if not near:
        return None
    face = max(near, key=lambda one: one.score)
    return replace(face, mesh=find_mesh(image, face.landmarks))


def _part(image: RGB, box: Box) -> Part:
    height, width = image.shape[:2]
    side = AROUND * max(box.w, box.h)
    middle_x, middle_y = box.x + box.w / 2, box.y + box.h / 2
    left, top = (int(max(0, middle - side / 2)) for middle in (middle_x, middle_y))
    right, bottom = int(min(width, middle_x + side / 2)), int(min(height, middle_y + side / 2))
    cut = image[top : max(bottom, top + 1), left : max(right, left + 1)]
    scale = LOOK_SIDE / max(cut.shape[:2])
    size = (max(1, round(cut.shape[1] * scale)), max(1, round(cut.shape[0] * scale)))
    small = shrink(cut, *size) if scale < 1 else np.asarray(cv2.resize(cut, size), np.uint8)
    return Part(small, left, top, size[0] / cut.shape[1], size[1] / cut.shape[0])


def _turned(image: RGB, turn: int) -> RGB:
    """The picture turned clockwise by ``turn`` degrees."""
    return np.ascontiguousarray(np.rot90(image, -turn // 90))


def _back(face: Face, turn: int, width: int, height: int) -> Face:
    """A face found in a picture that was turned clockwise by ``turn``, in pixels of the unturned one's size."""
    if turn == 0:
        return face
    box = face.box
    corners = np.array([(box.x, box.y), (box.x + box.w, box.y + box.h)], np.float32)
    ends = _unturned(corners, turn, width, height)
    low, high = ends.min(axis=0), ends.max(axis=0)
    x, y, w, h = (round(float(value)) for value in (*low, *(high - low)))
    return Face(Box(x, y, w, h), _unturned(face.landmarks, turn, width, height), face.score, turned=turn)


def _unturned(points: NDArray[np.float32], turn: int, width: int, height: int) -> NDArray[np.float32]:
    """Where points of the turned picture lie in the unturned one of ``width`` by ``height``."""
    x, y = points[:, 0], points[:, 1]
    # Turned by 90 degrees clockwise, a point (x, y) goes to (height − y, x).
    places: dict[int, tuple[Any, Any]] = {90: (y, height - x), 180: (width - x, height - y), 270: (width - y, x)}
    return np.column_stack(places[turn]).astype(np.float32)


def _placed(face: Face, part: Part) -> Face:
    scale, corner = np.array([part.scale_x, part.scale_y]), np.array([part.left, part.top])
    box = face.box
    x, y = np.array([box.x, box.y]) / scale + corner
    w, h = np.array([box.w, box.h]) / scale
    landmarks = (face.landmarks / scale + corner).astype(np.float32)
    return replace(face, box=Box(round(x), round(y), round(w), round(h)), landmarks=landmarks)


def _overlap(one: Box, other: Box) -> float:
    """Intersection over union."""
    wide = min(one.x + one.w, other.x + other.w) - max(one.x, other.x)
    high = min(one.y + one.h, other.y + other.h) - max(one.y, other.y)
    common = max(0, wide) * max(0, high)
    return common / max(1, one.w * one.h + other.w * other.h - common)
