"""Presentation attack detection by a trained network: does this crop show a living face, or a picture of one?

A network lies in a folder of its own with a manifest that says how each of its parts wants to be asked and what its
figure means; MiniFASNet's two parts are the one that this program fetches, and an ONNX file of the company's own stands
behind the same Protocol.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from recognition.engine.embedder import read_onnx
from recognition.engine.litert import LiteRT
from recognition.engine.liveness.network_store import Limits, Part, verify
from recognition.engine.pool import Pool
from recognition.engine.quality import ramp
from recognition.engine.types import RGB, Box, Face, ModelUnavailable

# Beyond it a share says no more: the log-odds end at ±13.8.
LEAST_SHARE = 1e-6

FloatArray = NDArray[np.float32]


class LivenessNetwork(Protocol):
    """Whatever judges single frames. Thread-safe."""

    @property
    def name(self) -> str:
        """The name in its manifest."""

    def evidence(self, image: RGB, face: Face) -> float:
        """How much speaks for a living face: log-odds, above 0 for and below 0 against."""

    def doubt(self, evidence: float) -> float:
        """What a burst's mean evidence means: 0 (a living face) to 1 (a picture), from one half on suspect."""


class Runs(Protocol):
    """A network's file, loaded."""

    def run(self, picture: FloatArray) -> FloatArray:
        """Its numbers for one (side, side, 3) crop."""


class LoadedNetwork:
    """The parts of one folder; their log-odds are averaged."""

    def __init__(self, name: str, parts: Sequence[tuple[Part, Runs]], limits: Limits) -> None:
        self._name, self._parts, self._limits = name, tuple(parts), limits

    @property
    def name(self) -> str:
        """The name in the manifest."""
        return self._name

    def evidence(self, image: RGB, face: Face) -> float:
        """The mean of the parts' log-odds for a living face."""
        return float(np.mean([_log_odds(part, runs.run(crop(image, face, part))) for part, runs in self._parts]))

    def doubt(self, evidence: float) -> float:
        """0 at the manifest's limit for living faces and above, 1 at the one for pictures and below."""
        return ramp(-evidence, -self._limits.live, -self._limits.picture)


class _Tflite:
    def __init__(self, path: Path, *, size: int) -> None:
        self._network = LiteRT(path, batch=1, threads=1, size=size)

    def run(self, picture: FloatArray) -> FloatArray:
        return self._network.run(picture[None])[0].ravel()


class _Onnx:
    def __init__(self, path: Path, *, size: int) -> None:
        self._path = path
        self._pool: Pool[Any] = Pool(lambda: read_onnx(path), size)

    def run(self, picture: FloatArray) -> FloatArray:
        with self._pool.borrow() as network:
            try:
                network.setInput(np.ascontiguousarray(picture.transpose(2, 0, 1)[None]))
                return np.asarray(network.forward(), np.float32).ravel()
            except cv2.error as error:
                raise ModelUnavailable(
                    f"{self._path} does not take pictures of {picture.shape[1]}×{picture.shape[0]} "
                    f"({error.err or error}); give its own size.",
                    code="model_format",
                ) from error


def load_network(folder: Path, *, size: int) -> LoadedNetwork:
    """Check and load the network in ``folder``; at most ``size`` crops go through each part at once.

    Raises ``ModelUnavailable`` (``model_missing``, ``model_corrupt``, ``model_format``).
    """
    manifest = verify(folder)
    parts: list[tuple[Part, Runs]] = []
    for part in manifest.parts:
        path = folder / part.file
        parts.append((part, _Onnx(path, size=size) if path.suffix == ".onnx" else _Tflite(path, size=size)))
    network = LoadedNetwork(manifest.name, parts, manifest.limits)
    for part, runs in parts:
        _log_odds(part, runs.run(np.zeros((part.side, part.side, 3), np.float32)))
    return network


def crop(image: RGB, face: Face, part: Part) -> FloatArray:
    """The square around the face that the part wants, upright, (side, side, 3), its channels in the part's order.

    The square's side is the longer one of the face's box times the part's scale, at most what the picture has; where it
    would reach past an edge it is moved inside. A square, because a box that is higher than wide would be squeezed into
    the network's own: 16 % of honest webcam frames were then below even odds, and 1.7 % are with it (docs/liveness.md).
    """
    left, top, side = square(face.box, image.shape[1], image.shape[0], part.scale)
    cut = image[top : top + side, left : left + side]
    small: Any = cv2.resize(cut, (part.side, part.side), interpolation=cv2.INTER_LINEAR)
    if face.turned:
        small = np.rot90(small, -face.turned // 90)
    ordered = small[:, :, ::-1] if part.channels == "bgr" else small
    return np.ascontiguousarray((ordered.astype(np.float32) - np.float32(part.mean)) * np.float32(part.factor))


def square(box: Box, width: int, height: int, scale: float) -> tuple[int, int, int]:
    """Left, top and side of the square ``scale`` times as long as the box, inside a picture of that size."""
    side = max(1.0, min(width - 1.0, height - 1.0, max(box.w, box.h) * scale))
    left = min(max(0.0, box.x + box.w / 2 - side / 2), width - side)
    top = min(max(0.0, box.y + box.h / 2 - side / 2), height - side)
    return int(left), int(top), max(1, int(side))


def _log_odds(part: Part, numbers: FloatArray) -> float:
    """Of the living class, whatever the network's last layer was."""
    if len(numbers) <= part.live or not np.isfinite(numbers).all():
        raise ModelUnavailable(
            f"{part.file} gives {len(numbers)} numbers for a crop, and class {part.live} is to be a living face: "
            "give the network's own class.",
            code="model_format",
        )
    if part.output == "logits":
        # One number alone is the log-odds themselves: those of two classes, the other of which is at 0.
        numbers = _softmax(np.array([0.0, *numbers], np.float32))[1:] if len(numbers) == 1 else _softmax(numbers)
    share = float(np.clip(numbers[part.live], LEAST_SHARE, 1 - LEAST_SHARE))
    return float(np.log(share / (1 - share)))


def _softmax(numbers: FloatArray) -> FloatArray:
    powers = np.exp(numbers - numbers.max())
    return np.asarray(powers / powers.sum(), np.float32)
