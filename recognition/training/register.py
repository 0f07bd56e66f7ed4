"""Register a network of the user's own as a version: an ONNX file and how its input is made."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np

from recognition.engine import store
from recognition.engine.aligner import POINTS
from recognition.engine.embedder import OnnxEmbedder
from recognition.engine.types import ModelUnavailable
from recognition.training.trainer import write_version

NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,58}")
TAKEN = frozenset({"liveness", "sources"})
"""What else lies in the folder of the versions."""


def check_name(name: str) -> None:
    """Raise ``ValueError`` for a name that cannot be a folder's beside those of the other versions.

    Asked before a path is made of it: the last part of ``../x`` would pass.
    """
    if not NAME.fullmatch(name):
        raise ValueError("A name is 2 to 59 small letters, digits, dots and dashes.")
    if name in TAKEN:
        raise ValueError(f"The folder {name} is for something else. Choose another name.")


def spec_of(*, size: int, mean: float, scale: float, channels: str, points: object = None) -> store.EmbedderSpec:
    """How the network is asked. ``points``: five (x, y) in pixels of the chip; by default the usual ones, scaled.

    Raises ``ValueError`` for a size, a scale, channels or points that cannot be.
    """
    if not 32 <= size <= 512 or scale <= 0 or channels not in {"rgb", "bgr"}:
        raise ValueError("size is 32 to 512, scale is above 0, channels are rgb or bgr.")
    try:
        given = np.asarray(POINTS, np.float64) * size / 112 if points is None else np.asarray(points, np.float64)
    except TypeError as error:
        raise ValueError("points are five [x, y] in numbers.") from error
    if given.shape != (5, 2) or not ((given >= 0) & (given < size)).all():
        raise ValueError(f"points are five [x, y] inside the chip of {size} pixels: eyes, nose, corners of the mouth.")
    pairs = tuple((round(float(x), 4), round(float(y), 4)) for x, y in given)
    return store.EmbedderSpec(store.EMBEDDER_ONNX, size, 0, mean, scale, channels, pairs)


def register_network(onnx: Path, target: Path, *, spec: store.EmbedderSpec, serving: Path) -> store.Manifest:
    """Make the version folder ``target`` of the file, with the detector and the landmarks of the version ``serving``.

    Raises ``ModelUnavailable`` (``model_missing``, ``model_format``) for a file that is none or does not give one
    vector for a chip, ``ValueError`` for a name that is taken or cannot be a folder's.
    """
    check_name(target.name)
    if target.exists():
        raise ValueError(f"There is a version {target.name} already. Choose another name.")
    if not onnx.is_file():
        raise ModelUnavailable(f"There is no file {onnx}.")
    store.verify_engine(serving)
    tried = OnnxEmbedder(onnx, spec, size=1).embed(np.full((spec.size, spec.size, 3), 127, np.uint8))
    if not 16 <= len(tried) <= 4096 or not np.isfinite(tried).all():
        raise ModelUnavailable(
            f"{onnx} gives {len(tried)} numbers for a chip; an embedding has 16 to 4,096.", code="model_format"
        )

    def fill(folder: Path) -> None:
        shutil.copyfile(onnx, folder / store.EMBEDDER_ONNX)
        for name in (store.DETECTOR, store.LANDMARKS):
            shutil.copyfile(serving / name, folder / name)

    return write_version(
        target,
        fill,
        origin=store.Origin(),
        libraries=("opencv-python-headless", "numpy"),
        names=(store.EMBEDDER_ONNX, store.DETECTOR, store.LANDMARKS),
        embedder=replace(spec, dimensions=len(tried)),
        sources={onnx.name: store.sha256(onnx)},
    )
