"""What a picture of a picture shows in one frame: a screen's grid, straight edges around the face, a mirrored lamp."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from recognition.engine.liveness import geometry
from recognition.engine.liveness.frame import Frame
from recognition.engine.types import Mesh

WINDOW = 192
# Cycles a pixel: below are faces and stubble, above is what the camera's own sensor makes.
BAND = (0.1, 0.49)
# JPEG's blocks of eight pixels have lines of their own at eighths, on the axes.
BLOCK = 1 / 8
AXIS = 0.02
EDGE_SIDE = 320
# An outline smaller than this many faces is the face's own, or glasses'.
LEAST_BORDER = 1.3
GLARE = 240
MAD = 1.4826

Grey = NDArray[np.float32]


def moire(frames: Sequence[Frame]) -> float:
    """How far the strongest line of the face's spectrum stands above its neighbourhood, in robust deviations.

    The power spectra of all frames are added: a grid stands in each of them, noise does not.
    """
    power: Any = 0.0
    for frame in frames:
        if frame.mesh is not None:
            power = power + np.abs(np.fft.rfft2(_window(frame, frame.mesh))) ** 2
    if isinstance(power, float):
        return 0.0
    levels = np.fft.fftshift(np.log(power + 1e-3), axes=0).astype(np.float32)
    around = cv2.blur(levels, (15, 15)) * 225 - cv2.blur(levels, (5, 5)) * 25
    above = cv2.blur(levels, (3, 3)) - around / 200
    ys = np.fft.fftshift(np.fft.fftfreq(WINDOW))[:, None]
    xs = np.fft.rfftfreq(WINDOW)[None, :]
    radius = np.hypot(xs, ys)
    band = (radius > BAND[0]) & (radius < BAND[1]) & ~_blocks(xs, ys)
    chosen = above[band]
    return float((chosen.max() - np.median(chosen)) / (MAD * np.median(np.abs(chosen - np.median(chosen))) + 1e-6))


def _window(frame: Frame, mesh: Mesh) -> Grey:
    """The middle of the face at the camera's own resolution, faded out at its rim."""
    grey = cv2.cvtColor(frame.image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    x, y = mesh.image.mean(axis=0)
    part = cv2.getRectSubPix(grey, (WINDOW, WINDOW), (round(float(x)), round(float(y))))
    fade = np.hanning(WINDOW)
    return np.asarray((part - cv2.GaussianBlur(part, (0, 0), 4)) * fade[:, None] * fade[None, :], np.float32)


def _blocks(xs: Any, ys: Any) -> NDArray[np.bool_]:
    """Where JPEG's grid has its lines, and where upright edges (hair, doors) have theirs: the two axes."""
    at_x, at_y = np.abs(xs - np.rint(xs / BLOCK) * BLOCK), np.abs(ys - np.rint(ys / BLOCK) * BLOCK)
    return np.asarray(((at_x < AXIS) & (at_y < AXIS)) | (np.abs(xs) < AXIS / 2) | (np.abs(ys) < AXIS / 2))


def border(frame: Frame) -> float:
    """How large the largest four-cornered outline is that encloses the face, in the face's own areas; 0 without one."""
    mesh = frame.mesh
    if mesh is None:
        return 0.0
    scale = EDGE_SIDE / max(frame.image.shape[:2])
    small = cv2.resize(frame.image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    points = (mesh.image * scale).astype(np.float32)
    face = cv2.convexHull(points)
    area = float(cv2.contourArea(face))
    best = 0.0
    edges = cv2.dilate(cv2.Canny(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), 40, 120), np.ones((3, 3), np.uint8))
    for outline in cv2.findContours(edges, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)[0]:
        if cv2.contourArea(outline) < LEAST_BORDER * area:
            continue
        corners = cv2.approxPolyDP(outline, 0.03 * cv2.arcLength(outline, True), True)
        if len(corners) != 4 or not cv2.isContourConvex(corners):
            continue
        quad = float(cv2.contourArea(corners))
        inside = all(cv2.pointPolygonTest(corners, (float(x), float(y)), False) > 0 for x, y in points[::39])
        if inside and cv2.contourArea(outline) > 0.9 * quad:
            best = max(best, quad / area)
    return best


def glare(frame: Frame) -> float:
    """The part of the face that a hard-edged white spot covers, in thousandths; a forehead shines with a soft edge."""
    mesh = frame.mesh
    if mesh is None:
        return 0.0
    # Looked at within the face's own rectangle, so that the cost does not grow with the picture.
    height, width = frame.image.shape[:2]
    low = np.clip(np.floor(mesh.image.min(axis=0)).astype(int), 0, (width - 1, height - 1))
    high = np.clip(np.ceil(mesh.image.max(axis=0)).astype(int) + 1, low + 1, (width, height))
    white = frame.image[low[1] : high[1], low[0] : high[0]].min(axis=2)
    points = mesh.image - low
    mask = np.zeros(white.shape, np.uint8)
    cv2.fillConvexPoly(mask, cv2.convexHull(np.rint(points).astype(np.int32)), 1)
    for corners in (geometry.LEFT_EYE, geometry.RIGHT_EYE, geometry.MOUTH):
        one, other = points[list(corners)]
        middle = np.rint((one + other) / 2).astype(int)
        cv2.circle(mask, (int(middle[0]), int(middle[1])), round(float(np.linalg.norm(other - one)) * 0.8), 0, -1)
    spots = ((white >= GLARE) & (mask > 0)).astype(np.uint8)
    rim = (cv2.dilate(spots, np.ones((7, 7), np.uint8)) > 0) & (spots == 0) & (mask > 0)
    if not rim.any():
        return 0.0
    contrast = float(GLARE - np.median(white[rim])) / GLARE
    return float(1000 * spots.sum() / mask.sum() * max(0.0, contrast))
