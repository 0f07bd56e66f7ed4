"""The words the engine speaks: what goes in, what comes out, and the one Protocol behind which it stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from recognition.engine.calibrate import Calibration

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

    def as_list(self) -> list[int]:
        return [self.x, self.y, self.w, self.h]


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


class Engine(Protocol):
    """One loaded set of models. Thread-safe: any number of threads may call any method at once."""

    @property
    def version(self) -> str:
        """The name of the model version whose vectors this engine makes; vectors of two versions never mix."""

    @property
    def calibration(self) -> Calibration:
        """What turns distances between this engine's vectors into confidences, and the mean face to take off first."""

    def detect(self, image: RGB) -> list[Face]:
        """Every face, the largest first; an empty list when there is none."""

    def align(self, image: RGB, face: Face) -> RGB:
        """The face as a (112, 112, 3) chip in the network's own alignment."""

    def quality(self, image: RGB, face: Face, *, purpose: Literal["probe", "enrolment"]) -> Quality:
        """Measure the face; an enrolment photo has to meet stricter limits than a probe."""

    def embed(self, image: RGB, face: Face) -> Vector:
        """The face's vector, picture and mirror image joined."""
