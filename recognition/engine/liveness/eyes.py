"""Open or closed: FaceMesh's lids do not follow a blink (on a real film they close by a tenth), the picture does."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from recognition.engine.liveness import geometry
from recognition.engine.types import RGB, Mesh

WIDE, HIGH = 32, 20
# How much more than from corner to corner a patch shows.
ROOM = 1.3
# Rows and columns in which the iris stands.
CORE = (slice(6, 14), slice(8, 24))

Patches = NDArray[np.float32]


def patches(image: RGB, mesh: Mesh) -> Patches:
    """Both eyes in grey, levelled by their corners and of one size: (2, 20, 32)."""
    cut = []
    for corners in (geometry.LEFT_EYE, geometry.RIGHT_EYE):
        left, right = sorted((mesh.image[corner] for corner in corners), key=lambda point: float(point[0]))
        across = right - left
        middle = (left + right) / 2
        scale = WIDE / max(1e-3, float(np.linalg.norm(across)) * ROOM)
        angle = -float(np.arctan2(across[1], across[0]))
        cos, sin = np.cos(angle) * scale, np.sin(angle) * scale
        matrix = np.array([[cos, -sin, WIDE / 2 - cos * middle[0] + sin * middle[1]],
                           [sin, cos, HIGH / 2 - sin * middle[0] - cos * middle[1]]])  # fmt: skip
        part = cv2.warpAffine(image, matrix, (WIDE, HIGH), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
        cut.append(cv2.GaussianBlur(cv2.cvtColor(part, cv2.COLOR_RGB2GRAY), (0, 0), 1))
    return np.stack(cut).astype(np.float32)


def closing(now: Patches, open_eyes: Patches) -> tuple[float, float]:
    """How like the open eyes these are (normalised cross-correlation, −1 to 1) and how much lighter their middle is.

    A lid is lighter than an iris beside the same skin: on real blinks the two are under 0.6 and above 1.1, the mean of
    both eyes; eyes that look elsewhere or open wide change one of them alone.
    """
    likeness, lighter = [], []
    for one, other in zip(now, open_eyes, strict=True):
        likeness.append(_correlation(one, other))
        lighter.append(_core(one) / max(1e-3, _core(other)))
    return float(np.mean(likeness)), float(np.mean(lighter))


def _core(patch: NDArray[np.float32]) -> float:
    return float(patch[CORE].mean()) / max(1.0, float(np.percentile(patch, 80)))


def _correlation(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    first, second = one - one.mean(), other - other.mean()
    return float((first * second).sum() / max(1e-6, float(np.sqrt((first**2).sum() * (second**2).sum()))))
