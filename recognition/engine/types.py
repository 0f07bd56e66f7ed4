"""The types that the engine takes and returns, and its errors."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

RGB = NDArray[np.uint8]
"""An upright picture, (height, width, 3), red first, 0 to 255."""
Vector = NDArray[np.float32]
"""A template or a probe: (d,), of unit length; d is the version's own, 128 for SFace."""

Severity = Literal["advice", "reject"]


class EngineError(Exception):
    """A failure with a machine-readable ``code`` and a sentence that says what to do about it."""

    code = "engine_error"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.code


class ImageRejected(EngineError):
    """The bytes are not a picture that can be used (``code`` says why: ``not_an_image``, ``truncated``, ...)."""

    code = "not_an_image"


class ModelUnavailable(EngineError):
    """A model file is missing, truncated, of another format or not the one the manifest names."""

    code = "model_missing"


@dataclass(frozen=True, slots=True)
class Box:
    """A face's rectangle in pixels of the upright picture; it may reach past the picture's edges."""

    x: int
    y: int
    w: int
    h: int

    def as_list(self, scale: int = 1) -> list[int]:
        """As numbers; ``scale``: in pixels of a picture so many times as large."""
        return [side * scale for side in (self.x, self.y, self.w, self.h)]


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """FaceMesh's 468 points of one face.

    ``upright`` (468, 3): x, y in pixels of the levelled 192×192 crop, z in the same unit, smaller nearer the camera.
    ``image`` (468, 2): pixels of the picture. ``presence`` 0 to 1: how sure the network is that this is a face.
    ``shift``: how far (RMS, pixels of the 112×112 chip) its five points lie from the detector's.
    """

    upright: NDArray[np.float32]
    image: NDArray[np.float32]
    presence: float
    shift: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """A face that was found: ``landmarks`` is (5, 2) float32, eyes, nose, mouth corners, the image's left first.

    ``mesh``: the 468 points the landmarks were refined by, None where the engine has none. ``turned``: by how many
    degrees (0, 90, 180, 270), clockwise, the picture has to be turned for the face to stand upright.
    """

    box: Box
    landmarks: NDArray[np.float32]
    score: float
    mesh: Mesh | None = None
    turned: int = 0


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a face is poor: ``code`` for machines (``too_small``, ``blurred``), the figure and the limit it missed."""

    code: str
    severity: Severity
    value: float
    limit: float


@dataclass(frozen=True, slots=True)
class Quality:
    """How good a face is for recognition.

    ``score`` 0 to 1; ``eyes`` pixels between the eyes; ``sharpness`` variance of the Laplacian on the aligned chip;
    ``exposure`` mean luma 0 to 1; ``yaw``, ``pitch``, ``roll`` degrees (positive: the person's head to the image's
    right, up, clockwise); ``smile`` 0 to 1; ``occlusion`` 0 (clear) to 1.
    """

    score: float
    eyes: float
    sharpness: float
    exposure: float
    yaw: float
    pitch: float
    roll: float
    smile: float
    occlusion: float
    reasons: tuple[Reason, ...] = field(default=())

    def worst(self, severity: Severity = "reject") -> Reason | None:
        """The first reason of that severity, or None."""
        return next((reason for reason in self.reasons if reason.severity == severity), None)
