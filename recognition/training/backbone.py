"""The SFace network, read from the OpenCV Zoo's ONNX file and rebuilt in Keras layer by layer.

SFace (Zhong et al., "SFace: Sigmoid-Constrained Hypersphere Loss for Robust Face Recognition", IEEE TIP 2021) as the
OpenCV Zoo ships it is a MobileNet (v1) with PReLU: one 3×3 convolution, thirteen depthwise-separable blocks, and a
dense layer of 128. Rebuilding it in Keras, instead of converting the file, is what lets the worker fine-tune it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recognition.engine.types import ModelUnavailable

FloatArray = NDArray[np.float32]

CHIP = 112
DIMENSIONS = 128
# The file's own pre-processing (its nodes Sub and Mul), kept inside the network so that callers pass plain RGB.
MEAN = 127.5
SCALE = 1 / 128
# Widths and strides of conv_1 and of the thirteen separable blocks conv_2 … conv_14.
WIDTHS = (32, 64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024)
STRIDES = (1, 1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1)
GRID = 7
EPSILON = 1e-3
LAST_EPSILON = 2e-5
DROPOUT = 0.4
NORM_PARTS = ("gamma", "beta", "moving_mean", "moving_var")

REMEDY = (
    "give the OpenCV Zoo's face_recognition_sface_2021dec.onnx or face_recognition_sface_2021dec_int8bq.onnx, "
    "or leave --sface out to have the file fetched"
)


@dataclass(frozen=True, slots=True)
class Weights:
    """The file's weights by their ONNX names, dequantised, in ONNX layout (output channels first), all float32."""

    by_name: dict[str, FloatArray]

    def take(self, name: str, shape: tuple[int, ...]) -> FloatArray:
        """The weight called ``name``; ``ModelUnavailable`` when it is not there or not of ``shape``."""
        found = self.by_name.get(name)
        if found is None or found.size != int(np.prod(shape)):
            what = "is missing" if found is None else f"has shape {found.shape}, not {shape}"
            raise ModelUnavailable(
                f"This file is not an SFace network: the weight {name} {what}; {REMEDY}.", code="model_format"
            )
        return found.reshape(shape)


def dequantise(
    quantised: NDArray[Any], scales: FloatArray, zero_points: NDArray[Any], *, axis: int, block: int
) -> FloatArray:
    """Block-wise ``(q - zero_point) * scale`` as ONNX's DequantizeLinear (opset 21) defines it.

    ``scales`` and ``zero_points`` have one entry for each ``block`` entries of ``quantised`` along ``axis``;
    the last block may be shorter. ``block`` 0 means one entry per index along ``axis`` (or one for all).
    """
    if block:
        size = quantised.shape[axis]
        scales = np.repeat(scales, block, axis=axis).take(range(size), axis=axis)
        zero_points = np.repeat(zero_points, block, axis=axis).take(range(size), axis=axis)
    elif scales.ndim == 1 and scales.size > 1:
        shape = [1] * quantised.ndim
        shape[axis] = -1
        scales, zero_points = scales.reshape(shape), zero_points.reshape(shape)
    widened = quantised.astype(np.float32) - zero_points.astype(np.float32)
    return (widened * scales).astype(np.float32)


def read_onnx(path: Path) -> Weights:
    """Read SFace's weights from ``path``: the float32 file or the int8 block-quantised one.

    Raises ``ModelUnavailable`` with ``model_missing`` when there is no file and ``model_format`` when it is no ONNX
    file. Whether it is SFace shows when the layers take their weights.
    """
    import onnx

    if not path.is_file():
        raise ModelUnavailable(f"There is no file {path}; {REMEDY}.")
    try:
        graph = onnx.load(str(path)).graph
    # The reader's own error class lies in a package without types; whatever it raises means the same here.
    except Exception as error:
        raise ModelUnavailable(f"{path} is not an ONNX file ({error}); {REMEDY}.", code="model_format") from error
    raw = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer}
    named: dict[str, FloatArray] = {
        name: np.asarray(value, np.float32) for name, value in raw.items() if value.dtype == np.float32
    }
    for node in graph.node:
        # A quantised weight NAME is stored as NAME_quantized (int8), NAME_scales and NAME_zero_point.
        if node.op_type != "DequantizeLinear" or not node.input[0].endswith("_quantized"):
            continue
        options = {attribute.name: onnx.helper.get_attribute_value(attribute) for attribute in node.attribute}
        try:
            quantised, scales = raw[node.input[0]], raw[node.input[1]]
            zero_points = raw[node.input[2]] if len(node.input) > 2 else np.zeros_like(scales)
        except KeyError as error:
            raise ModelUnavailable(
                f"{path} is not an SFace file this program can read: {error} is computed, not stored; {REMEDY}.",
                code="model_format",
            ) from error
        named[node.input[0].removesuffix("_quantized")] = dequantise(
            quantised, scales, zero_points, axis=int(options.get("axis", 1)), block=int(options.get("block_size", 0))
        )
    if not named:
        raise ModelUnavailable(f"{path} holds no weights; {REMEDY}.", code="model_format")
    return Weights(named)


def build_backbone(weights: Weights) -> Any:
    """The network as a ``keras.Model``: RGB 0–255 (n, 112, 112, 3) float32 → (n, 128), not normalised.

    Raises ``ModelUnavailable`` (``model_format``) when ``weights`` are not SFace's.
    """
    model = _layers()
    _set_weights(model, weights)
    return model


def _layers() -> Any:
    import keras
    from keras import layers

    def separable_input(x: Any, stride: int) -> Any:
        # The file pads one pixel on every side. Keras' "same" does so at stride 1, but not at stride 2.
        return x if stride == 1 else layers.ZeroPadding2D(1)(x)

    def padding(stride: int) -> str:
        return "same" if stride == 1 else "valid"

    def norm_and_prelu(x: Any, name: str) -> Any:
        x = layers.BatchNormalization(momentum=0.9, epsilon=EPSILON, name=f"{name}_batchnorm")(x)
        return layers.PReLU(shared_axes=[1, 2], name=f"{name}_relu")(x)

    inputs = keras.Input((CHIP, CHIP, 3), name="rgb")
    x = layers.Rescaling(SCALE, offset=-MEAN * SCALE, name="preprocess")(inputs)
    x = layers.Conv2D(
        WIDTHS[0], 3, strides=STRIDES[0], padding=padding(STRIDES[0]), use_bias=False, name="conv_1_conv2d"
    )(x)
    x = norm_and_prelu(x, "conv_1")
    for number, (width, stride) in enumerate(zip(WIDTHS[1:], STRIDES[1:], strict=True), start=2):
        x = separable_input(x, stride)
        x = layers.DepthwiseConv2D(
            3, strides=stride, padding=padding(stride), use_bias=False, name=f"conv_{number}_dw_conv2d"
        )(x)
        x = norm_and_prelu(x, f"conv_{number}_dw")
        x = layers.Conv2D(width, 1, use_bias=False, name=f"conv_{number}_conv2d")(x)
        x = norm_and_prelu(x, f"conv_{number}")
    x = layers.BatchNormalization(momentum=0.9, epsilon=LAST_EPSILON, name="bn1")(x)
    x = layers.Dropout(DROPOUT, name="dropout")(x)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(DIMENSIONS, name="pre_fc1")(x)
    x = layers.BatchNormalization(momentum=0.9, epsilon=LAST_EPSILON, name="fc1")(x)
    return keras.Model(inputs, x, name="sface")


def _set_weights(model: Any, weights: Weights) -> None:
    """Copy the ONNX weights into the Keras layers of the same names, turning each layout."""
    channels_in = 3
    for number, width in enumerate(WIDTHS, start=1):
        name = f"conv_{number}"
        if number > 1:
            depthwise = weights.take(f"{name}_dw_conv2d_weight", (channels_in, 1, 3, 3))
            model.get_layer(f"{name}_dw_conv2d").set_weights([depthwise.transpose(2, 3, 0, 1)])
            _set_norm_and_prelu(model, weights, f"{name}_dw", channels_in)
        size = 3 if number == 1 else 1
        kernel = weights.take(f"{name}_conv2d_weight", (width, channels_in, size, size))
        model.get_layer(f"{name}_conv2d").set_weights([kernel.transpose(2, 3, 1, 0)])
        _set_norm_and_prelu(model, weights, name, width)
        channels_in = width
    _set_norm(model, weights, "bn1", channels_in)
    # ONNX flattens channels first, Keras channels last: the dense layer's rows are put in Keras' order.
    dense = weights.take("pre_fc1_weight", (DIMENSIONS, channels_in, GRID, GRID))
    rows = dense.transpose(2, 3, 1, 0).reshape(-1, DIMENSIONS)
    model.get_layer("pre_fc1").set_weights([rows, weights.take("pre_fc1_bias", (DIMENSIONS,))])
    _set_norm(model, weights, "fc1", DIMENSIONS)


def _set_norm_and_prelu(model: Any, weights: Weights, name: str, channels: int) -> None:
    _set_norm(model, weights, f"{name}_batchnorm", channels)
    slope = weights.take(f"{name}_relu_gamma", (channels,))
    model.get_layer(f"{name}_relu").set_weights([slope.reshape(1, 1, channels)])


def _set_norm(model: Any, weights: Weights, name: str, channels: int) -> None:
    model.get_layer(name).set_weights([weights.take(f"{name}_{part}", (channels,)) for part in NORM_PARTS])
