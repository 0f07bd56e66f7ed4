"""Finding faces with YuNet (Wu et al., "YuNet: A Tiny Millisecond-level Face Detector", MIR 2023) in OpenCV."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from recognition.engine.pool import Pool
from recognition.engine.types import RGB, Box, Face, ModelUnavailable

# Measured on faces/raw (64 photos) and the 1,271 aligned crops: docs/recognition.md, "Detection".
GLANCE_SIDE = 320
FIRST_SIDE = 640
SECOND_SIDE = 1280
# At a glance's size a nearest face of at least this width shows all faces down to a quarter of its width.
GLANCE_WIDTH = 48
SCORE = 0.6
NMS = 0.3
TOP_K = 200
# A picture this small is enlarged: YuNet then places the landmarks of a tight crop more exactly.
SMALL_SIDE = 320
ENLARGE = 2.0
THIN_BELOW = 0.25
# A face that fills the picture lies outside what YuNet was trained on: half the picture's size is added on each side.
PADDING = 0.5


@dataclass(frozen=True, slots=True)
class View:
    """A picture to look at: its pixels and how its coordinates map back (``x = (x' / scale) - pad_x``)."""

    image: RGB
    scale_x: float
    scale_y: float
    pad_x: int
    pad_y: int


def views(image: RGB) -> Iterator[View]:
    """The picture at 640, then at 1,280 (enlarged at most twice), then at 320 with half its size added around it."""
    longest = max(image.shape[:2])
    first = ENLARGE if longest <= SMALL_SIDE else min(1.0, FIRST_SIDE / longest)
    second = min(ENLARGE, SECOND_SIDE / longest)
    yield _scaled(image, first)
    if second > first:
        yield _scaled(image, second)
    yield _padded(image)


def _scaled(image: RGB, scale: float) -> View:
    if scale == 1.0:
        return View(image, 1.0, 1.0, 0, 0)
    height, width = image.shape[:2]
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    if scale < THIN_BELOW:
        # Every second pixel is plenty for an average over at least two of them, and four times faster to read.
        image = np.ascontiguousarray(image[::2, ::2])
    resized: Any = cv2.resize(image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    return View(resized, size[0] / width, size[1] / height, 0, 0)


def _padded(image: RGB) -> View:
    # Shrink first, pad then: padding a picture of 50 million pixels would cost hundreds of milliseconds.
    inner = _scaled(image, min(ENLARGE, FIRST_SIDE / 2 / max(image.shape[:2])))
    height, width = inner.image.shape[:2]
    pad_x, pad_y = round(width * PADDING), round(height * PADDING)
    padded: Any = cv2.copyMakeBorder(inner.image, pad_y, pad_y, pad_x, pad_x, cv2.BORDER_CONSTANT)
    return View(padded, inner.scale_x, inner.scale_y, pad_x, pad_y)


class Detector:
    """YuNet, thread-safe: each thread borrows a detector of its own from a pool."""

    def __init__(self, path: Path, *, size: int) -> None:
        """Load YuNet's ONNX file; at most ``size`` copies. Raises ``ModelUnavailable`` when OpenCV refuses it."""

        def create() -> Any:
            try:
                return cv2.FaceDetectorYN.create(str(path), "", (FIRST_SIDE, FIRST_SIDE), SCORE, NMS, TOP_K)
            except cv2.error as error:
                raise ModelUnavailable(
                    f"OpenCV cannot load {path} ({error}); run `manage.py build_models`.", code="model_corrupt"
                ) from error

        self._pool: Pool[Any] = Pool(create, size)

    def detect(self, image: RGB) -> list[Face]:
        """Every face of (height, width, 3), the largest first, in the picture's own pixels; [] when there is none.

        A face near the camera is found at a glance, in a quarter of the time. A larger view is looked at only when
        nothing was found in the one before.
        """
        longest = max(image.shape[:2])
        if longest > GLANCE_SIDE:
            faces = self.look(_scaled(image, GLANCE_SIDE / longest))
            if faces and faces[0].box.w * GLANCE_SIDE / longest >= GLANCE_WIDTH:
                return faces
        for view in views(image):
            faces = self.look(view)
            if faces:
                return faces
        return []

    def look(self, view: View) -> list[Face]:
        """The faces of one view, the largest first."""
        height, width = view.image.shape[:2]
        blue_first = cv2.cvtColor(view.image, cv2.COLOR_RGB2BGR)
        with self._pool.borrow() as yunet:
            yunet.setInputSize((width, height))
            _, rows = yunet.detect(blue_first)
        if rows is None:
            return []
        return sorted((_face(row, view) for row in rows), key=lambda face: -face.box.w * face.box.h)


def _face(row: NDArray[np.float32], view: View) -> Face:
    """YuNet's row: x, y, w, h, five points (x, y) from the image's left eye to its right mouth corner, score."""
    scale = np.array([view.scale_x, view.scale_y])
    pad = np.array([view.pad_x, view.pad_y])
    corner, size = (row[0:2] - pad) / scale, row[2:4] / scale
    points = ((row[4:14].reshape(5, 2) - pad) / scale).astype(np.float32)
    box = Box(round(float(corner[0])), round(float(corner[1])), round(float(size[0])), round(float(size[1])))
    return Face(box, points, float(row[14]))
