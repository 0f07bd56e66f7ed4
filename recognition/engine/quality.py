"""How good a face is for recognition: what is measured, and the limits it is held against.

Every limit was measured; docs/appendix/photo-quality.md says on what and how to measure it again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from recognition.engine.aligner import similarity
from recognition.engine.types import RGB, Face, Mesh, Quality, Reason, Severity

FloatArray = NDArray[np.float32]
Purpose = Literal["probe", "enrolment"]

# The face without hair and background, in the 112×112 chip: rows, columns.
INNER = (slice(30, 100), slice(24, 88))
# Contrast (standard deviation of luma) is brought to this before sharpness is measured, so that dark is not blurred.
CONTRAST = 50.0
# FaceMesh's vertical through forehead and chin leans back on a level face: the median over faces/raw.
LEVEL_PITCH = -8.3
# FaceMesh's points: edges of the face (image's left, right), forehead, chin, mouth corners, lips' inner middle.
LEFT_EDGE, RIGHT_EDGE, FOREHEAD, CHIN = 234, 454, 10, 152
LEFT_MOUTH, RIGHT_MOUTH, UPPER_LIP, LOWER_LIP = 61, 291, 13, 14
EYES = ((33, 133, 159, 145, 160, 144, 158, 153), (362, 263, 386, 374, 385, 380, 387, 373))
CHEEKS = ((117, 118, 50, 205, 187, 123), (346, 347, 280, 425, 411, 352))
BROW = (109, 338, 107, 336, 10)
JAW = (148, 377, 83, 313, 152)


@dataclass(frozen=True, slots=True)
class Limits:
    """Beyond the first figure a face is refused, beyond the second there is advice. Degrees, pixels, 0 to 1."""

    eyes: tuple[float, float]
    sharpness: tuple[float, float]
    dark: tuple[float, float]
    bright: tuple[float, float]
    yaw: tuple[float, float]
    pitch: tuple[float, float]
    roll: tuple[float, float]
    occlusion: tuple[float, float]
    presence: tuple[float, float] = (0.5, 0.5)


# Occlusion is a hint: it takes some 2 to 5 % of clear faces for covered ones, so it never refuses a face.
NEVER = float("inf")
LIMITS: dict[Purpose, Limits] = {
    "probe": Limits(
        eyes=(11, 18),
        sharpness=(8, 40),
        dark=(0.03, 0.1),
        bright=(0.94, 0.85),
        yaw=(65, 40),
        pitch=(50, 30),
        roll=(60, 30),
        occlusion=(NEVER, 0.6),
    ),
    "enrolment": Limits(
        eyes=(16, 30),
        sharpness=(25, 100),
        dark=(0.1, 0.25),
        bright=(0.92, 0.85),
        yaw=(50, 35),
        pitch=(40, 25),
        roll=(45, 20),
        occlusion=(NEVER, 0.6),
    ),
}


def measure(chip: RGB, face: Face, mesh: Mesh, *, purpose: Purpose) -> Quality:
    """Measure a face on its aligned chip (112, 112, 3), its landmarks and its mesh, and hold it against the limits."""
    yaw, pitch = angles(mesh)
    luma = cv2.cvtColor(chip, cv2.COLOR_RGB2GRAY).astype(np.float32)
    values = {
        "eyes": float(np.linalg.norm(face.landmarks[1] - face.landmarks[0])),
        "sharpness": sharpness(luma),
        "exposure": float(luma[INNER].mean() / 255),
        "yaw": yaw,
        "pitch": pitch,
        "roll": level(tilt(face.landmarks) + face.turned),
        "occlusion": occlusion(chip, face, mesh),
    }
    reasons = tuple(_reasons({**values, "presence": mesh.presence}, LIMITS[purpose]))
    return Quality(score=score(face, values), smile=smile(mesh), reasons=reasons, **values)


def sharpness(luma: FloatArray) -> float:
    """Variance of the Laplacian over the inner face, luma (112, 112) at a common contrast."""
    inner = luma[INNER]
    spread = max(1.0, float(inner.std()))
    return float(cv2.Laplacian(inner, cv2.CV_32F)[1:-1, 1:-1].var()) * (CONTRAST / spread) ** 2


def tilt(landmarks: FloatArray) -> float:
    """How far the line between the eyes is turned, in degrees; positive: with the clock."""
    across = landmarks[1] - landmarks[0]
    return float(np.degrees(np.arctan2(across[1], across[0])))


def level(degrees: float) -> float:
    """The same angle between −180 and 180 degrees."""
    return (degrees + 180) % 360 - 180


def angles(mesh: Mesh) -> tuple[float, float]:
    """Yaw (positive: to the image's right) and pitch (positive: up) in degrees, from the mesh's own depth.

    The line between the face's edges turns about the vertical as the head does: its depth over its width is tan(yaw).
    So does the line from forehead to chin with pitch, which leans back on a level face by ``LEVEL_PITCH``.
    """
    across = mesh.upright[RIGHT_EDGE] - mesh.upright[LEFT_EDGE]
    down = mesh.upright[CHIN] - mesh.upright[FOREHEAD]
    yaw = np.degrees(np.arctan2(across[2], across[0]))
    pitch = -np.degrees(np.arctan2(down[2], down[1])) - LEVEL_PITCH
    return float(yaw), float(pitch)


def smile(mesh: Mesh) -> float:
    """0 (not smiling) to 1: how wide the mouth is for the face, and how far its corners rise above its middle."""
    points = mesh.upright
    width = float(np.linalg.norm(points[RIGHT_EDGE] - points[LEFT_EDGE])) or 1.0
    mouth = float(np.linalg.norm(points[RIGHT_MOUTH] - points[LEFT_MOUTH])) / width
    middle = (points[UPPER_LIP, 1] + points[LOWER_LIP, 1]) / 2
    lift = float(middle - (points[LEFT_MOUTH, 1] + points[RIGHT_MOUTH, 1]) / 2) / width
    return (ramp(mouth, 0.38, 0.48) + ramp(lift, 0.01, 0.06)) / 2


def occlusion(chip: RGB, face: Face, mesh: Mesh) -> float:
    """0 (clear) to 1: the strongest of three hints that something covers the face.

    Eyes much darker than the cheeks (sunglasses), a jaw of another colour than the brow (a mask), and a detector and a
    mesh that disagree about where the landmarks are (a hand, hair, half a face).
    """
    points = _on_chip(face, mesh)
    lab = cv2.cvtColor(chip, cv2.COLOR_RGB2LAB).astype(np.float32)
    eyes = float(np.mean([_mean(lab, points, region)[0] for region in EYES]))
    cheeks = float(np.mean([_mean(lab, points, region)[0] for region in CHEEKS]))
    foreign = float(np.linalg.norm((_mean(lab, points, JAW) - _mean(lab, points, BROW))[1:]))
    return max(
        1 - ramp(eyes / max(1.0, cheeks), 0.14, 0.30),
        ramp(foreign, 15, 30),
        ramp(mesh.shift, 5, 9),
    )


def score(face: Face, values: dict[str, float]) -> float:
    """0 to 1: the product of how far each measurement is from hopeless; weighs the frames of a burst.

    The detector's own score is the best single predictor of a photo's distance to its person (correlation −0.42).
    """
    parts = (
        ramp(face.score, 0.7, 0.94),
        ramp(values["eyes"], 6, 30),
        ramp(values["sharpness"], 5, 120),
        ramp(values["exposure"], 0.02, 0.25),
        1 - ramp(values["exposure"], 0.8, 0.97),
        1 - ramp(abs(values["yaw"]), 25, 75),
        1 - ramp(abs(values["pitch"]), 25, 75),
    )
    return max(0.01, math.prod(parts))


def ramp(value: float, zero: float, one: float) -> float:
    """0 at ``zero`` and below, 1 at ``one`` and above, straight between."""
    return float(min(1.0, max(0.0, (value - zero) / (one - zero))))


def _on_chip(face: Face, mesh: Mesh) -> FloatArray:
    matrix = similarity(face.landmarks)
    return (mesh.image @ matrix[:, :2].T + matrix[:, 2]).astype(np.float32)


def _mean(lab: FloatArray, points: FloatArray, region: tuple[int, ...]) -> FloatArray:
    """The mean L, a, b inside the hull of some of the mesh's points on the chip."""
    mask = np.zeros(lab.shape[:2], np.uint8)
    hull = cv2.convexHull(np.rint(points[list(region)]).astype(np.int32))
    cv2.fillConvexPoly(mask, hull, 1)
    return np.array(cv2.mean(lab, mask), np.float32)[:3]


def _reasons(values: dict[str, float], limits: Limits) -> list[Reason]:
    """Refusals first, then advice, each in the order in which a person can best do something about it."""
    exposure = values["exposure"]
    # Code, figure, its limits; a figure is wrong below its limit (-1) or above it (+1).
    rules: tuple[tuple[str, float, tuple[float, float], int], ...] = (
        # FaceMesh is sure of every face that stands upright (0.96 and more): an unsure one says that none does.
        ("not_upright", values["presence"], limits.presence, -1),
        ("too_small", values["eyes"], limits.eyes, -1),
        ("too_dark", exposure, limits.dark, -1),
        ("too_bright", exposure, limits.bright, 1),
        ("blurred", values["sharpness"], limits.sharpness, -1),
        ("turned", abs(values["yaw"]), limits.yaw, 1),
        ("looking_up_down", abs(values["pitch"]), limits.pitch, 1),
        ("tilted", abs(values["roll"]), limits.roll, 1),
        ("occluded", values["occlusion"], limits.occlusion, 1),
    )
    found: list[Reason] = []
    severities: tuple[Severity, ...] = ("reject", "advice")
    for place, severity in enumerate(severities):
        for code, value, bounds, side in rules:
            limit = bounds[place]
            known = any(reason.code == code for reason in found)
            if not known and (value - limit) * side > 0:
                found.append(Reason(code, severity, value, limit))
    return found
