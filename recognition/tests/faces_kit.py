"""Folders of people whom the fake engine tells apart, whose photos are no copies of one another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np

from recognition.engine.types import RGB
from recognition.tests.fake_engine import encode, flat

STRUCTURE = 10
CHIP = 112
DIMENSIONS = 128


def picture(person: int, number: int, *, size: int = 96) -> RGB:
    """Photo ``number`` of ``person``: their colour under a structure that is the photo's own."""
    coarse = np.random.default_rng((person, number)).integers(-STRUCTURE, STRUCTURE + 1, (9, 9)).astype(np.float32)
    fine = np.asarray(cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC), np.float32)[:, :, None]
    return np.asarray(np.clip(flat(person, size=size) + (fine - np.median(fine)), 0, 255), np.uint8)


def write_people(folder: Path, *, people: int = 3, photos: int = 10, first: int = 0) -> Path:
    """A folder a person with PNG photos; returns ``folder``."""
    for person in range(first, first + people):
        (folder / f"person{person}").mkdir(parents=True)
        for number in range(photos):
            content = encode(picture(person, number), "PNG")
            (folder / f"person{person}" / f"{number}.png").write_bytes(content)
    return folder


def tiny_backbone() -> Any:
    """A network of SFace's shape, two layers deep: (n, 112, 112, 3) → (n, 128); its last layer is called pre_fc1."""
    import keras
    from keras import layers

    first, second = (keras.initializers.GlorotUniform(seed) for seed in (1, 2))
    return keras.Sequential(
        [
            keras.Input((CHIP, CHIP, 3)),
            layers.Rescaling(1 / 128, offset=-1),
            layers.AveragePooling2D(16),
            layers.Conv2D(6, 3, activation="tanh", name="conv_1", kernel_initializer=first),
            layers.Flatten(),
            layers.Dense(DIMENSIONS, name="pre_fc1", kernel_initializer=second),
        ],
        name="sface",
    )
