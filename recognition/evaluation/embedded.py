"""Every photo of a dataset as the engine sees it, and any engine's place taken by a network that was just trained."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from recognition.engine.calibrate import Calibration
from recognition.engine.embedder import unit
from recognition.engine.images import decode
from recognition.engine.protocol import Engine
from recognition.engine.types import RGB, Face, Quality, Vector
from recognition.training.dataset import Dataset

Progress = Callable[[int, int], None]
Seen = dict[str, tuple[NDArray[np.float32], float]]


@dataclass(frozen=True, slots=True, eq=False)
class Embedded:
    """``vectors`` (photos, d) of each photo's largest face, a row of zeros where none was found; ``weights`` (photos,)
    the quality score by which a burst counts it."""

    vectors: NDArray[np.float32]
    weights: NDArray[np.float64]

    @property
    def found(self) -> NDArray[np.bool_]:
        """(photos,) whether a face was found."""
        return np.asarray(self.vectors.any(axis=1), np.bool_)


def embed(engine: Engine, data: Dataset, *, seen: Seen | None = None, progress: Progress | None = None) -> Embedded:
    """Detect, align and embed every photo.

    ``seen``: what was embedded before, by the photos' SHA-256; what is new is added to it. Raises ``ValueError`` when
    no face is found in any photo.
    """
    known: Seen = {} if seen is None else seen
    for number, photo in enumerate(data.photos, start=1):
        if photo.digest not in known:
            known[photo.digest] = _one(engine, decode(photo.path.read_bytes()))
        if progress:
            progress(number, len(data.photos))
    rows = [known[photo.digest] for photo in data.photos]
    wide = max(len(vector) for vector, _weight in rows)
    if not wide:
        raise ValueError(f"no face was found in any photo of {data.folder}")
    vectors = np.stack([vector if len(vector) else np.zeros(wide, np.float32) for vector, _weight in rows])
    return Embedded(vectors, np.array([weight for _vector, weight in rows], np.float64))


def _one(engine: Engine, image: RGB) -> tuple[NDArray[np.float32], float]:
    faces = engine.detect(image)
    if not faces:
        return np.zeros(0, np.float32), 0.0
    score = engine.quality(image, faces[0], purpose="probe").score
    return engine.embed(image, faces[0]), max(score, 0.05)


class TrainedEngine:
    """An engine whose embedding is a Keras network's: how a training run is measured before it is any version.

    ``backbone`` takes aligned RGB 0–255 (n, 112, 112, 3). Detection, alignment, quality and calibration are ``base``'s.
    """

    def __init__(self, name: str, base: Engine, backbone: Any) -> None:
        self._name, self._base, self._backbone = name, base, backbone

    @property
    def version(self) -> str:
        """The run's name."""
        return self._name

    @property
    def calibration(self) -> Calibration:
        """The base's."""
        return self._base.calibration

    def detect(self, image: RGB) -> list[Face]:
        """The base's."""
        return self._base.detect(image)

    def align(self, image: RGB, face: Face) -> RGB:
        """The base's."""
        return self._base.align(image, face)

    def quality(self, image: RGB, face: Face, *, purpose: Literal["probe", "enrolment"]) -> Quality:
        """The base's."""
        return self._base.quality(image, face, purpose=purpose)

    def embed(self, image: RGB, face: Face) -> Vector:
        """The unit vector of picture and mirror image joined."""
        chip = self.align(image, face).astype(np.float32)
        return unit(self._backbone.predict_on_batch(np.stack([chip, chip[:, ::-1]])).sum(axis=0))
