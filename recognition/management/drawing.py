"""A picture with a box and a name on each face."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from recognition.engine.types import RGB

KNOWN, UNKNOWN = (94, 160, 36), (60, 60, 200)


@dataclass(frozen=True, slots=True)
class Label:
    """What is written at a face: ``box`` is [x, y, width, height]; ``known`` whether it was given a name."""

    box: list[int]
    name: str
    confidence: float
    known: bool


def annotated(picture: RGB, labels: Sequence[Label]) -> bytes:
    """The picture as a JPEG with the labels drawn on it."""
    drawn = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    scale = max(0.5, max(drawn.shape[:2]) / 1200)
    for label in labels:
        x, y, w, h = label.box
        colour = KNOWN if label.known else UNKNOWN
        cv2.rectangle(drawn, (x, y), (x + w, y + h), colour, max(1, round(2 * scale)))
        # OpenCV's fonts are ASCII: a name with accents is written without them rather than with question marks.
        text = f"{label.name} {label.confidence:.2f}".encode("ascii", "ignore").decode()
        place = (max(0, x), max(14, y - 6))
        cv2.putText(drawn, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.6 * scale, colour, max(1, round(scale)))
    _done, encoded = cv2.imencode(".jpg", drawn)
    return np.asarray(encoded).tobytes()
