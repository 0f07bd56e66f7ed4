"""Compute the vector of an aligned face."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from recognition.engine.litert import LiteRT
from recognition.engine.pool import Pool
from recognition.engine.store import EmbedderSpec
from recognition.engine.types import RGB, ModelUnavailable, Vector


class Embeds(Protocol):
    """Whatever makes a vector of a chip."""

    def embed(self, chip: RGB) -> Vector:
        """The chip's unit vector."""


class Embedder:
    """SFace in LiteRT. Picture and mirror image go through in one batch and are summed, then brought to length 1."""

    def __init__(self, path: Path, *, threads: int, size: int) -> None:
        self._network = LiteRT(path, batch=2, threads=threads, size=size)

    def embed(self, chip: RGB) -> Vector:
        """The unit vector (128,) of a (112, 112, 3) chip. The same for a chip and for its mirror image."""
        upright = chip.astype(np.float32)
        raw = self._network.run(np.stack([upright, upright[:, ::-1]]))[0]
        return unit(raw.sum(axis=0))


def read_onnx(path: Path) -> Any:
    """Load an ONNX file into OpenCV. Raises ``ModelUnavailable`` (``model_format``) where it cannot be read."""
    try:
        return cv2.dnn.readNetFromONNX(str(path))
    except cv2.error as error:
        raise ModelUnavailable(
            f"OpenCV cannot read {path} ({error.err or error}); export the network with static shapes and "
            "common layers (opset 11 to 17).",
            code="model_format",
        ) from error


class OnnxEmbedder:
    """A network of the user's own in OpenCV, asked as its ``spec`` says; picture and mirror image are joined."""

    def __init__(self, path: Path, spec: EmbedderSpec, *, size: int) -> None:
        """Raises ``ModelUnavailable`` (``model_format``) for a file that OpenCV cannot read."""
        self._path, self._spec = path, spec
        self._pool: Pool[Any] = Pool(lambda: read_onnx(path), size)

    def embed(self, chip: RGB) -> Vector:
        """The unit vector of a chip of the spec's size whose landmarks lie on the spec's points.

        Raises ``ModelUnavailable`` (``model_format``) when the network does not take it.
        """
        spec = self._spec
        pair = [chip, np.ascontiguousarray(chip[:, ::-1])]
        # The file's order is that of its channels: ours is red first.
        blob: Any = cv2.dnn.blobFromImages(
            pair, scalefactor=spec.scale, mean=(spec.mean,) * 3, swapRB=spec.channels == "bgr", crop=False
        )
        with self._pool.borrow() as network:
            try:
                # One by one: not every export takes a batch.
                rows = []
                for picture in blob:
                    network.setInput(picture[None])
                    rows.append(np.asarray(network.forward(), np.float32).ravel())
            except cv2.error as error:
                raise ModelUnavailable(
                    f"{self._path} does not take RGB pictures of {spec.size}×{spec.size} ({error.err or error}); "
                    "give its own size.",
                    code="model_format",
                ) from error
        return unit(np.sum(rows, axis=0, dtype=np.float32))


def unit(vector: NDArray[np.float32]) -> Vector:
    """``vector`` at length 1, float32; a vector of zeros stays as it is."""
    length = float(np.linalg.norm(vector))
    return (vector / length if length > 0 else vector).astype(np.float32)
