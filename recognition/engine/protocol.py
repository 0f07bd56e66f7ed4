"""The protocol of an engine: what the program asks of it, whichever networks it is made of."""

from __future__ import annotations

from typing import Literal, Protocol

from recognition.engine.calibrate import Calibration
from recognition.engine.types import RGB, Face, Quality, Vector


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
