"""Rounding a network's weights to int8 makes it smaller and hardly changes what it says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from recognition.engine import store
from recognition.engine.litert import LiteRT
from recognition.training.export import to_litert
from recognition.training.quantise import int8_weights, rounded_by_row


@pytest.fixture(scope="module")
def network() -> bytes:
    """A 3×3 convolution, a depthwise one, a pointwise one and a dense layer, as SFace has them."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(3)
    inputs = keras.Input((16, 16, 3))
    x = layers.PReLU(shared_axes=[1, 2])(layers.Conv2D(16, 3, padding="same")(inputs))
    x = layers.PReLU(shared_axes=[1, 2])(layers.DepthwiseConv2D(3, padding="same")(x))
    x = layers.PReLU(shared_axes=[1, 2])(layers.Conv2D(64, 1)(x))
    return to_litert(keras.Model(inputs, layers.Dense(32)(layers.Flatten()(x))))


def test_a_rounded_network_is_smaller_and_says_nearly_the_same(network: bytes, tmp_path: Path) -> None:
    rounded = int8_weights(network)
    paths = {"float": tmp_path / "float.tflite", "int8": tmp_path / "int8.tflite"}
    paths["float"].write_bytes(network)
    paths["int8"].write_bytes(rounded)
    pictures = np.random.default_rng(1).uniform(0, 255, (2, 16, 16, 3)).astype(np.float32)

    said = {name: LiteRT(path, batch=2, threads=1, size=1).run(pictures)[0] for name, path in paths.items()}

    assert len(rounded) < len(network) / 3
    lengths = [np.linalg.norm(one, axis=1) for one in said.values()]
    assert ((said["float"] * said["int8"]).sum(axis=1) / np.prod(lengths, axis=0)).min() > 0.999
    assert not np.array_equal(said["float"], said["int8"])


def test_the_same_network_becomes_the_same_bytes(network: bytes) -> None:
    assert int8_weights(network) == int8_weights(network)
    # What is rounded already stays as it is.
    assert int8_weights(int8_weights(network)) == int8_weights(network)


def test_each_row_has_a_scale_of_its_own_and_is_off_by_half_a_step_at_most() -> None:
    values = np.array([[1.0, -0.5, 0.3], [100.0, 7.0, -100.0], [0.0, 0.0, 0.0]], np.float32)

    rounded, scales = rounded_by_row(values)

    assert rounded.tolist()[1] == [127, 9, -127]
    assert rounded[2].tolist() == [0, 0, 0]
    assert (np.abs(rounded * scales[:, None] - values) <= scales[:, None] / 2 + 1e-6).all()


def test_the_published_version_has_rounded_weights(version_folder: Path) -> None:
    store.verify_engine(version_folder)
    assert (version_folder / store.EMBEDDER).stat().st_size < 12_000_000
