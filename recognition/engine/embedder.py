"""From an aligned chip to the face's vector."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recognition.engine.litert import LiteRT
from recognition.engine.types import RGB, Vector


class Embedder:
    """SFace in LiteRT. Picture and mirror image go through in one batch and are summed, then brought to length 1."""

    def __init__(self, path: Path, *, threads: int, size: int) -> None:
        self._network = LiteRT(path, batch=2, threads=threads, size=size)

    def embed(self, chip: RGB) -> Vector:
        """The unit vector (128,) of a (112, 112, 3) chip. The same for a chip and for its mirror image."""
        upright = chip.astype(np.float32)
        raw = self._network.run(np.stack([upright, upright[:, ::-1]]))[0]
        return unit(raw.sum(axis=0))


def unit(vector: NDArray[np.float32]) -> Vector:
    """``vector`` at length 1, float32; a vector of zeros stays as it is."""
    length = float(np.linalg.norm(vector))
    return (vector / length if length > 0 else vector).astype(np.float32)
