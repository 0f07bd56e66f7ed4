"""The photos that are measured on. They are no part of the project: without them some sections are left out."""

from __future__ import annotations

import csv
from pathlib import Path

import cv2
import numpy as np

from recognition.engine.types import RGB

ROOT = Path(__file__).resolve().parent.parent
RAW = ROOT.parent / "shared" / "faces" / "raw"
FRAME = (640, 480)


def missing() -> str | None:
    """Explanation the photos cannot be used, or None."""
    return None if (RAW / "pairs.csv").exists() else f"there are no photos at {RAW}"


def names() -> list[str]:
    """The photos, in their order."""
    return sorted(path.name for path in RAW.glob("*.jpg"))


def read(name: str) -> RGB:
    """A whole photo."""
    image = cv2.imread(str(RAW / name))
    if image is None:
        raise ValueError(f"{RAW / name} is not a picture")
    return np.ascontiguousarray(image[:, :, ::-1]).astype(np.uint8)


def frame(photo: RGB) -> RGB:
    """The photo as a kiosk's camera would show it: 640×480, fitted, on black."""
    width, height = FRAME
    scale = min(width / photo.shape[1], height / photo.shape[0])
    size = (max(1, round(photo.shape[1] * scale)), max(1, round(photo.shape[0] * scale)))
    small = cv2.resize(photo, size, interpolation=cv2.INTER_AREA)
    canvas = np.zeros((height, width, 3), np.uint8)
    top, left = (height - size[1]) // 2, (width - size[0]) // 2
    canvas[top : top + size[1], left : left + size[0]] = small
    return canvas


def jpeg(image: RGB) -> bytes:
    """The picture as a kiosk sends it."""
    done, data = cv2.imencode(".jpg", image[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 88])
    if not done:
        raise ValueError("the picture cannot be written as JPEG")
    return data.tobytes()


def pairs() -> list[tuple[str, str, bool]]:
    """Two photos each, and whether they show the same person."""
    with (RAW / "pairs.csv").open(newline="") as file:
        return [(row["file_x"], row["file_y"], row["Decision"] == "Yes") for row in csv.DictReader(file)]


def strangers() -> dict[str, list[str]]:
    """For each photo those that are known to show somebody else: ``pairs.csv`` tells them apart, or their likes."""
    person = {name: name for name in names()}
    told = [pair for pair in pairs() if pair[0] in person and pair[1] in person]
    for one, other, same in told:
        if same:
            old, new = person[other], person[one]
            person = {name: new if who == old else who for name, who in person.items()}
    apart = {(person[one], person[other]) for one, other, same in told if not same}
    return {
        name: [other for other in person if {(person[name], person[other]), (person[other], person[name])} & apart]
        for name in person
    }
