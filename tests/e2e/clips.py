"""Clips for Chromium's fake camera, made of photographs: held still, darkened, blurred, turned, two side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
WIDTH, HEIGHT = 640, 480
GREY = 60


def photo(
    path: Path, *, width: int = WIDTH, height: int = HEIGHT, part: tuple[float, float, float, float] = (0, 0, 1, 1)
) -> Picture:
    """A part of the photograph (left, top, right, bottom, 0 to 1), as large as it fits into width by height."""
    whole = cv2.imread(str(path))
    assert whole is not None, path
    high, wide = whole.shape[:2]
    left, top, right, bottom = part
    picture = whole[round(top * high) : round(bottom * high), round(left * wide) : round(right * wide)]
    scale = min(width / picture.shape[1], height / picture.shape[0])
    return np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)


def scene(*pictures: Picture, shift: int = 0) -> Picture:
    """A room with pictures side by side in it, ``shift`` pixels to the right of where they belong."""
    room = np.full((HEIGHT, WIDTH, 3), GREY, np.uint8)
    each = WIDTH // max(1, len(pictures))
    for index, picture in enumerate(pictures):
        high, wide = picture.shape[:2]
        left = max(0, min(WIDTH - wide, index * each + (each - wide) // 2 + shift))
        top = HEIGHT - high
        room[top : top + high, left : left + wide] = picture
    return room


def swaying(*pictures: Picture, seconds: float = 1.0) -> list[bytes]:
    """A clip of a scene that sways by a pixel: nobody stands perfectly still."""
    return jpegs([scene(*pictures, shift=sway) for sway in (0, 1, 2, 1)], times=max(1, round(seconds * 30 / 4)))


def jpegs(pictures: Sequence[Picture], *, times: int = 1) -> list[bytes]:
    """The pictures as the frames of a clip, repeated."""
    frames = [cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes() for picture in pictures]
    return frames * times


def darkened(picture: Picture, part: float) -> Picture:
    """With so much of its light left, and the noise of a sensor that sees little."""
    noise = np.random.default_rng(1).normal(0, 2, picture.shape)
    return np.clip(picture * part + noise, 0, 255).astype(np.uint8)


def blurred(picture: Picture, sigma: float) -> Picture:
    """Out of focus by ``sigma`` pixels."""
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), np.uint8)


def turned(picture: Picture, box: tuple[int, int, int, int], degrees: float) -> Picture:
    """The head in ``box`` (x, y, width, height) turned as if the picture lay on a cylinder of the head's width."""
    x, _y, wide, _high = box
    height, width = picture.shape[:2]
    radius, middle = wide * 0.62, x + wide / 2
    across = np.clip((np.arange(width) - middle) / radius, -1, 1)
    angle = np.clip(np.arcsin(across) - np.radians(degrees), -np.pi / 2, np.pi / 2)
    source = np.where(np.abs(across) < 1, middle + radius * np.sin(angle), np.arange(width))
    rows, _columns = np.mgrid[0:height, 0:width].astype(np.float32)
    columns = np.broadcast_to(source.astype(np.float32), (height, width))
    return np.asarray(cv2.remap(picture, np.ascontiguousarray(columns), rows, cv2.INTER_LINEAR), np.uint8)
