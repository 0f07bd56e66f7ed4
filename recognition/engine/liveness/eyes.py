"""Open or closed: FaceMesh's lids do not follow a blink (on a real film they close by a tenth), the picture does."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from recognition.engine.liveness import geometry
from recognition.engine.types import RGB, Mesh

WIDE, HIGH = 32, 20
# How much more than from corner to corner a patch shows, and what of it counts: not the brow.
ROOM = 1.3
CORE = (slice(3, 17), slice(3, 29))
# Pixels: what is wider than lids and iris is shading, which stays the same over a closed eye.
FINE = 2.0
# Less like the open eyes by so much at least, and by so many times as much as the film's own straight frames are: who
# looks about or talks changes the eyes, too. On real films of three people this fires in 10 of 78 requests' time, most
# of them real blinks; a limit for all films alike fired in 24 (docs/liveness.md).
LEAST_CHANGE = 0.4
TIMES_USUAL = 3.0
USUAL = 0.25
# Closed eyes hardly resemble open ones at all: however restless a film, that is enough.
MOST_CHANGE = 0.85

Patches = NDArray[np.float32]


def patches(image: RGB, mesh: Mesh) -> Patches:
    """Both eyes, levelled by their corners and of one size, without their shading: (2, 14, 26)."""
    cut = []
    for corners in (geometry.LEFT_EYE, geometry.RIGHT_EYE):
        left, right = sorted((mesh.image[corner] for corner in corners), key=lambda point: float(point[0]))
        across = right - left
        middle = (left + right) / 2
        scale = WIDE / max(1e-3, float(np.linalg.norm(across)) * ROOM)
        angle = -float(np.arctan2(across[1], across[0]))
        cos, sin = np.cos(angle) * scale, np.sin(angle) * scale
        matrix = np.array(
            [
                [cos, -sin, WIDE / 2 - cos * middle[0] + sin * middle[1]],
                [sin, cos, HIGH / 2 - sin * middle[0] - cos * middle[1]],
            ]
        )
        part = cv2.warpAffine(image, matrix, (WIDE, HIGH), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
        grey = cv2.GaussianBlur(cv2.cvtColor(part, cv2.COLOR_RGB2GRAY), (0, 0), 1).astype(np.float32)
        cut.append((grey - cv2.GaussianBlur(grey, (0, 0), FINE))[CORE])
    return np.stack(cut).astype(np.float32)


def change(now: Patches, open_eyes: Patches) -> float:
    """How unlike the open eyes these are, the mean of both: 0 the same, 1 nothing in common, 2 the opposite.

    Real closed eyes are at 0.9 and more; eyes that look elsewhere or open wide change one of them alone.
    """
    return 1 - float(np.mean([_correlation(one, other) for one, other in zip(now, open_eyes, strict=True)]))


def shut_from(changes: Sequence[float]) -> float:
    """The change from which eyes are closed, given those of a film's straight frames."""
    usual = float(np.quantile(changes, 1 - USUAL)) if len(changes) else 0.0
    return min(MOST_CHANGE, max(LEAST_CHANGE, TIMES_USUAL * usual))


def _correlation(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    first, second = one - one.mean(), other - other.mean()
    return float((first * second).sum() / max(1e-6, float(np.sqrt((first**2).sum() * (second**2).sum()))))
