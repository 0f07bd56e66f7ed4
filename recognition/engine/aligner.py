"""Align a face: the similarity transform that puts its five landmarks where the network expects them."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from recognition.engine.scaling import shrink
from recognition.engine.types import RGB

CHIP = 112
# The landmarks' places in a 112×112 chip that SFace (as ArcFace and many others) was trained with.
POINTS = ((38.2946, 51.6963), (73.5318, 51.5014), (56.0252, 71.7366), (41.5493, 92.3655), (70.7299, 92.2041))
TEMPLATE = np.array(POINTS, np.float32)
# Below this scale a bilinear warp skips pixels: the picture is shrunk by area first.
AREA_BELOW = 0.7


def similarity(landmarks: NDArray[np.float32], template: NDArray[np.float32] = TEMPLATE) -> NDArray[np.float64]:
    """The 2×3 matrix (rotation, one scale, shift) that takes ``landmarks`` (n, 2) nearest to ``template`` (n, 2).

    Least squares over complex numbers: with both point sets centred, the best factor is Σ conj(s)·t / Σ |s|², whose
    size is the scale and whose angle the rotation. It never mirrors.
    """
    source = landmarks[:, 0].astype(np.complex128) + 1j * landmarks[:, 1]
    target = template[:, 0].astype(np.complex128) + 1j * template[:, 1]
    source_mean, target_mean = source.mean(), target.mean()
    centred = source - source_mean
    spread = float(np.vdot(centred, centred).real)
    factor = np.vdot(centred, target - target_mean) / spread if spread > 0 else 1.0 + 0j
    shift = target_mean - factor * source_mean
    return np.array([[factor.real, -factor.imag, shift.real], [factor.imag, factor.real, shift.imag]])


def warp(image: RGB, matrix: NDArray[np.float64], size: int) -> RGB:
    """The (size, size, 3) picture that ``matrix`` (2×3, from picture to chip) cuts out.

    Beyond the picture's edges its last pixels go on: black corners would make strangers alike.
    """
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    if 0 < scale < AREA_BELOW:
        image, matrix = _shrunk(image, matrix, scale, size)
    chip: Any = cv2.warpAffine(image, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(chip, np.uint8)


def _shrunk(image: RGB, matrix: NDArray[np.float64], scale: float, size: int) -> tuple[RGB, NDArray[np.float64]]:
    """The part of the picture the chip needs, shrunk by area to about the chip's scale, and the matrix for it."""
    inverse = cv2.invertAffineTransform(matrix)
    corners = np.array([(0, 0), (size, 0), (0, size), (size, size)]) @ inverse[:, :2].T + inverse[:, 2]
    height, width = image.shape[:2]
    margin = 2 / scale
    left, top = np.floor(np.clip(corners.min(0) - margin, 0, (width - 1, height - 1))).astype(int)
    right, bottom = np.ceil(np.clip(corners.max(0) + margin, (left + 1, top + 1), (width, height))).astype(int)
    part = image[top:bottom, left:right]
    small_size = (max(1, round(part.shape[1] * scale)), max(1, round(part.shape[0] * scale)))
    small = shrink(part, *small_size)
    factors = np.array([part.shape[1] / small_size[0], part.shape[0] / small_size[1]])
    # Pixel centres lie at half integers: x = (x' + ½) · factor − ½ + left.
    offset = (factors - 1) / 2 + (left, top)
    linear = matrix[:, :2] * factors
    return small, np.column_stack([linear, matrix[:, :2] @ offset + matrix[:, 2]])


def align(image: RGB, landmarks: NDArray[np.float32]) -> RGB:
    """The face with ``landmarks`` (5, 2) as a (112, 112, 3) chip in SFace's alignment."""
    return warp(image, similarity(landmarks), CHIP)
