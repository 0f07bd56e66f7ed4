"""The two networks that name a closed group of people: the thesis's small CNN, and SFace with a head on top."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

THESIS_SIZE = 64
SCALE = 20.0
# SFace's layers at its last resolution, 7×7, and the embedding itself: what is trained on after the head.
LAST_STAGE = ("conv_13", "conv_14", "bn1", "pre_fc1", "fc1")


def thesis(classes: int, *, size: int = THESIS_SIZE) -> Any:
    """The thesis's network: RGB 0–255 (n, size, size, 3) → probabilities (n, classes).

    Three 3×3 convolutions of 32, 64 and 64 with 2×2 max pooling after the first two, a dense layer of 64, softmax.
    """
    import keras
    from keras import layers

    return keras.Sequential(
        [
            keras.Input((size, size, 3), name="rgb"),
            layers.Rescaling(1 / 255),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dense(classes, activation="softmax", name="people"),
        ],
        name="thesis",
    )


def head(centres: Floats, *, scale: float = SCALE) -> Any:
    """A layer from embeddings (n, d) to probabilities (n, classes): softmax of ``scale`` × cosine to each person.

    It begins at ``centres`` (classes, d), the people's mean vectors, so that it names people rightly before it is
    trained (Qi et al., "Low-Shot Learning with Imprinted Weights", CVPR 2018), and training can only adjust it.
    """
    import keras
    from keras import layers

    classes, dimensions = centres.shape
    first = layers.UnitNormalization(name="unit")
    cosine = layers.Dense(classes, use_bias=False, kernel_constraint="unit_norm", name="cosine")
    model = keras.Sequential(
        [keras.Input((dimensions,)), first, cosine, layers.Rescaling(scale), layers.Softmax(name="people")],
        name="head",
    )
    lengths = np.linalg.norm(centres, axis=1, keepdims=True)
    cosine.set_weights([(centres / np.maximum(lengths, 1e-12)).T])
    return model


def classifier(backbone: Any, top: Any) -> Any:
    """Backbone and head in one: aligned RGB 0–255 (n, 112, 112, 3) → probabilities (n, classes).

    The backbone runs as it does when it serves, its normalisation on stored statistics and nothing dropped out: with
    a batch of a few people its own statistics would be those people's.
    """
    import keras

    inputs = keras.Input(backbone.input_shape[1:], name="rgb")
    return keras.Model(inputs, top(backbone(inputs, training=False)), name="sface_classifier")


def unfreeze(backbone: Any, stage: tuple[str, ...] = LAST_STAGE) -> int:
    """Let only the layers of ``stage`` (by the beginning of their names) be trained; returns how many those are."""
    chosen = 0
    for layer in backbone.layers:
        layer.trainable = layer.name.startswith(stage)
        chosen += layer.trainable and bool(layer.weights)
    return chosen
