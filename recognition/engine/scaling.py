"""Shrink a picture by averaging, fast."""

from __future__ import annotations

import cv2
import numpy as np

from recognition.engine.types import RGB


def shrink(image: RGB, width: int, height: int) -> RGB:
    """The picture at ``width`` × ``height``, no larger than it is, each pixel the mean of those it stands for.

    By halves first: OpenCV averages two by two pixels five times faster than it averages by an odd factor.
    """
    while image.shape[1] >= 2 * width and image.shape[0] >= 2 * height:
        half_height, half_width = image.shape[0] // 2, image.shape[1] // 2
        even = image[: half_height * 2, : half_width * 2]
        image = np.asarray(cv2.resize(even, (half_width, half_height), interpolation=cv2.INTER_AREA), np.uint8)
    return np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
