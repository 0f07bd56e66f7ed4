"""MiniFASNet (minivision-ai, "Silent-Face-Anti-Spoofing", 2020), rebuilt in Keras from the published weights.

A MobileFaceNet with pruned widths: a 3×3 convolution, then depthwise-separable bottlenecks in three stages, each begun
by one that halves the picture, a depthwise convolution over what is left of it, and two dense layers. The SE variant
weighs the channels of each stage's last bottleneck by squeeze and excitation. All widths follow from the weights.
Batch normalisation is folded into the layer before it, which changes the outputs by rounding alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recognition.engine.types import ModelUnavailable

FloatArray = NDArray[np.float32]

SIDE = 80
CLASSES = 3
LIVE = 1
EPSILON = 1e-5
STAGES = (("conv_23", "conv_3"), ("conv_34", "conv_4"), ("conv_45", "conv_5"))


@dataclass(frozen=True, slots=True)
class Weights:
    """A state dict by PyTorch's names, in PyTorch's layout (output channels first)."""

    by_name: dict[str, FloatArray]

    def take(self, name: str) -> FloatArray:
        """The weight called ``name``; ``ModelUnavailable`` (``model_format``) when it is not there."""
        found = self.by_name.get(name)
        if found is None:
            raise ModelUnavailable(f"This file is no MiniFASNet: it has no weight {name}.", code="model_format")
        return found

    def has(self, prefix: str) -> bool:
        """Whether any weight's name begins so."""
        return any(name.startswith(prefix) for name in self.by_name)

    def folded(self, kernel: str, norm: str) -> tuple[FloatArray, FloatArray]:
        """The kernel (output channels first) with its normalisation multiplied in, and the bias that is left of it."""
        factor = self.take(f"{norm}.weight") / np.sqrt(self.take(f"{norm}.running_var") + EPSILON)
        raw = self.take(f"{kernel}.weight")
        bias = self.take(f"{norm}.bias") - self.take(f"{norm}.running_mean") * factor
        return raw * factor.reshape(-1, *[1] * (raw.ndim - 1)), bias


def build_minifasnet(by_name: dict[str, FloatArray]) -> Any:
    """The Keras network (n, 80, 80, 3) → (n, 3): pixels 0 to 255, blue first, to the shares of the three classes.

    Class 1 is a living face. Raises ``ModelUnavailable`` (``model_format``) for weights of another network.
    """
    import keras

    weights = Weights(by_name)
    image = keras.Input((SIDE, SIDE, 3))
    try:
        x = _block(weights, image, "conv1", stride=2)
        x = _block(weights, x, "conv2_dw")
        for first, others in STAGES:
            x = _bottleneck(weights, x, first, stride=2)
            for place in range(_count(weights, others)):
                x = keras.layers.Add()([x, _bottleneck(weights, x, f"{others}.model.{place}")])
        x = _block(weights, x, "conv_6_sep")
        x = _convolution(weights, x, "conv_6_dw.conv", "conv_6_dw.bn")
        x = _dense(keras.layers.Flatten()(x), *weights.folded("linear", "bn"))
        logits = weights.take("prob.weight")
        x = _dense(x, logits, np.zeros(len(logits), np.float32))
    except ValueError as error:
        raise ModelUnavailable(f"This file is no MiniFASNet: {error}", code="model_format") from error
    if len(logits) != CLASSES:
        raise ModelUnavailable(f"This MiniFASNet knows {len(logits)} classes, not {CLASSES}.", code="model_format")
    return keras.Model(image, keras.layers.Softmax()(x), name="minifasnet")


def _count(weights: Weights, stage: str) -> int:
    return next(place for place in range(len(weights.by_name)) if not weights.has(f"{stage}.model.{place}."))


def _bottleneck(weights: Weights, x: Any, name: str, *, stride: int = 1) -> Any:
    """1×1 up, 3×3 depthwise, 1×1 down; the channels weighed where the block has the weights for it."""
    x = _block(weights, x, f"{name}.conv")
    x = _block(weights, x, f"{name}.conv_dw", stride=stride)
    x = _convolution(weights, x, f"{name}.project.conv", f"{name}.project.bn")
    return _excited(weights, x, f"{name}.se_module") if weights.has(f"{name}.se_module.") else x


def _excited(weights: Weights, x: Any, name: str) -> Any:
    """Squeeze and excitation (Hu et al., 2018)."""
    from keras import layers

    share = layers.GlobalAveragePooling2D(keepdims=True)(x)
    share = layers.ReLU()(_convolution(weights, share, f"{name}.fc1", f"{name}.bn1"))
    share = layers.Activation("sigmoid")(_convolution(weights, share, f"{name}.fc2", f"{name}.bn2"))
    return layers.Multiply()([x, share])


def _block(weights: Weights, x: Any, name: str, *, stride: int = 1) -> Any:
    """Convolution, normalisation, PReLU."""
    from keras import layers

    x = _convolution(weights, x, f"{name}.conv", f"{name}.bn", stride=stride)
    slope = layers.PReLU(shared_axes=[1, 2])
    y = slope(x)
    slope.set_weights([weights.take(f"{name}.prelu.weight").reshape(1, 1, -1)])
    return y


def _convolution(weights: Weights, x: Any, kernel: str, norm: str, *, stride: int = 1) -> Any:
    """A plain or depthwise convolution, as its kernel says; a 3×3 one sees a rim of zeros, as PyTorch's padding 1."""
    from keras import layers

    folded, bias = weights.folded(kernel, norm)
    size = folded.shape[2]
    depthwise = folded.shape[1] == 1 and x.shape[-1] > 1
    if size == 3:
        x = layers.ZeroPadding2D(1)(x)
    layer = (
        layers.DepthwiseConv2D(size, strides=stride)
        if depthwise
        else layers.Conv2D(folded.shape[0], size, strides=stride)
    )
    y = layer(x)
    # Depthwise: rows, columns, channels, 1; plain: rows, columns, in, out.
    layer.set_weights([folded.transpose(2, 3, 0, 1) if depthwise else folded.transpose(2, 3, 1, 0), bias])
    return y


def _dense(x: Any, kernel: FloatArray, bias: FloatArray) -> Any:
    from keras import layers

    layer = layers.Dense(len(kernel))
    y = layer(x)
    layer.set_weights([kernel.T, bias])
    return y
