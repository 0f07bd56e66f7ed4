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
from recognition.engine.scaling import shrink
from recognition.engine.types import RGB, Box, Face, ModelUnavailable

# Measured on faces/raw (64 photos) and the 1,271 aligned crops: docs/appendix/recognition-engine.md.
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
# YuNet's grids are 8, 16 and 32 pixels wide. In a picture smaller than a few of them OpenCV's network reads memory it
# never wrote and finds faces of any size: pictures are filled up to whole grids, three at least.
GRID = 32
LEAST_SIDE = 96
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
    resized = shrink(image, *size) if scale < 1 else np.asarray(cv2.resize(image, size), np.uint8)
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

    def glance(self, image: RGB) -> list[Face]:
        """As ``detect``, in a quarter of the time, for a face near the camera; [] when a closer look is needed.

        The landmarks are good on a level head; on a tilted one they follow the tilt by half.
        """
        longest = max(image.shape[:2])
        if longest <= GLANCE_SIDE:
            return []
        faces = self.look(_scaled(image, GLANCE_SIDE / longest))
        near = faces and faces[0].box.w * GLANCE_SIDE / longest >= GLANCE_WIDTH
        return faces if near else []

    def detect(self, image: RGB) -> list[Face]:
        """Every face of (height, width, 3), the largest first, in the picture's own pixels; [] when there is none.

        A larger view is looked at only when nothing was found in the one before.
        """
        for view in views(image):
            faces = self.look(view)
            if faces:
                return faces
        return []

    def first(self, image: RGB) -> list[Face]:
        """As ``detect``, in the first of its views alone."""
        return self.look(next(views(image)))

    def look(self, view: View) -> list[Face]:
        """The faces of one view, the largest first."""
        filled = _filled(cv2.cvtColor(view.image, cv2.COLOR_RGB2BGR))
        with self._pool.borrow() as yunet:
            yunet.setInputSize(filled.shape[1::-1])
            _, rows = yunet.detect(filled)
        if rows is None or not np.isfinite(rows).all():
            return []
        return sorted((_face(row, view) for row in rows), key=lambda face: -face.box.w * face.box.h)


def _filled(image: Any) -> Any:
    """The picture with black to its right and below, up to whole grids; no coordinate moves."""
    height, width = (max(LEAST_SIDE, -(-side // GRID) * GRID) for side in image.shape[:2])
    below, beside = height - image.shape[0], width - image.shape[1]
    return cv2.copyMakeBorder(image, 0, below, 0, beside, cv2.BORDER_CONSTANT) if below or beside else image


def _face(row: NDArray[np.float32], view: View) -> Face:
    """YuNet's row: x, y, w, h, five points (x, y) from the image's left eye to its right mouth corner, score."""
    scale = np.array([view.scale_x, view.scale_y])
    pad = np.array([view.pad_x, view.pad_y])
    corner, size = (row[0:2] - pad) / scale, row[2:4] / scale
    points = ((row[4:14].reshape(5, 2) - pad) / scale).astype(np.float32)
    box = Box(round(float(corner[0])), round(float(corner[1])), round(float(size[0])), round(float(size[1])))
    return Face(box, points, float(row[14]))
