"""What the 468 points of a face say about its shape and its movements, in two dimensions.

FaceMesh invents a depth for a flat print, so its z is not looked at. Lengths are parts of the distance between the
eyes, so that no figure depends on how near the face is.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from recognition.engine.types import Mesh

Points = NDArray[np.float32]

LEFT_EYE, RIGHT_EYE = (33, 133), (362, 263)
NOSE, FOREHEAD, CHIN = 1, 10, 152
MOUTH = (61, 291)


def eye_distance(mesh: Mesh) -> float:
    """Pixels between the middles of the eyes."""
    left, right = _eyes(mesh.image)
    return max(1e-3, float(np.linalg.norm(right - left)))


def turn(mesh: Mesh) -> float:
    """Where the nose's tip stands between the eyes: 0 in the middle, ±0.5 before an eye; positive to the image's right.

    A head turned by 10° changes it by about 0.25, a print turned by 35° by 0.13 at most (docs/liveness.md).
    """
    left, right = _eyes(mesh.image)
    across = right - left
    return float((mesh.image[NOSE] - (left + right) / 2) @ across / (across @ across))


def nod(mesh: Mesh) -> float:
    """How far the nose's tip stands down the way from the forehead to the chin, 0 to 1; it grows as the head bows."""
    down = mesh.image[CHIN] - mesh.image[FOREHEAD]
    return float((mesh.image[NOSE] - mesh.image[FOREHEAD]) @ down / max(1e-3, float(down @ down)))


def mouth_width(mesh: Mesh) -> float:
    """From corner to corner of the mouth; about 0.8 at rest, a smile widens it by an eighth and more."""
    return float(np.linalg.norm(mesh.image[MOUTH[1]] - mesh.image[MOUTH[0]])) / eye_distance(mesh)


def plane_residual(one: Mesh, other: Mesh) -> float:
    """How badly the best plane homography carries the points of one frame to those of another (RMS).

    A flat print stays under 0.035 however it is moved or bent; a head turned by 10° gives 0.039, by 20° 0.082.
    """
    matrix = _homography(one.image, other.image)
    if matrix is None:
        return 0.0
    placed = cv2.perspectiveTransform(one.image[:, None].astype(np.float32), matrix)[:, 0]
    error = ((placed - other.image) ** 2).sum(axis=1)
    return float(np.sqrt(error.mean())) / eye_distance(other)


def plane_turn(one: Mesh, other: Mesh) -> float:
    """How much the best affinity between two frames squeezes the face in one direction: 0 not at all, 0.1 by a tenth.

    That is how a flat picture turns; with a small ``plane_residual`` it says that one did.
    """
    source = np.column_stack([one.image, np.ones(len(one.image))]).astype(np.float64)
    matrix = np.linalg.lstsq(source, other.image.astype(np.float64), rcond=None)[0]
    wide, narrow = np.linalg.svd(matrix[:2], compute_uv=False)
    return float(1 - narrow / max(1e-6, wide))


def _eyes(points: Points) -> tuple[Points, Points]:
    return points[list(LEFT_EYE)].mean(axis=0), points[list(RIGHT_EYE)].mean(axis=0)


def _homography(one: Points, other: Points) -> NDArray[np.float64] | None:
    found: Any = cv2.findHomography(one.astype(np.float32), other.astype(np.float32), 0)
    return None if found[0] is None else np.asarray(found[0], np.float64)
