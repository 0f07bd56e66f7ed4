"""Round a LiteRT network's large weights to int8: less than half of the time, and nearly the same vectors.

Pointwise convolutions and dense layers are nine tenths of SFace's arithmetic, and the two kinds for which LiteRT's CPU
kernels multiply int8 by int8: they scale each picture's activations by themselves, so nothing has to be calibrated on
anybody's face. Depthwise convolutions and PReLU have no such kernels and stay float32, as all activations between do.
docs/appendix/recognition-speed.md has what that costs and gains, and what else was tried.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

LARGEST = 127
"""Symmetric: the one value below −127 that int8 has is not used, as LiteRT demands of weights."""


def int8_weights(network: bytes) -> bytes:
    """The LiteRT file ``network`` with the weights of its pointwise convolutions and dense layers in int8, a scale for
    each output channel. The same file always becomes the same bytes."""
    from tensorflow.lite.python import schema_py_generated as schema
    from tensorflow.lite.tools import flatbuffer_utils

    model = flatbuffer_utils.convert_bytearray_to_object(bytearray(network))
    operators = schema.BuiltinOperator
    for graph in model.subgraphs:
        for operator in graph.operators:
            kind = model.operatorCodes[operator.opcodeIndex].builtinCode
            if kind not in (operators.CONV_2D, operators.FULLY_CONNECTED):
                continue
            weights = graph.tensors[operator.inputs[1]]
            pointwise = len(weights.shape) == 2 or weights.shape[1] == weights.shape[2] == 1
            if weights.type != schema.TensorType.FLOAT32 or not pointwise:
                continue
            _round(model, weights, schema)
            if kind == operators.FULLY_CONNECTED:
                operator.builtinOptions.asymmetricQuantizeInputs = True
    used = {tensor.buffer for graph in model.subgraphs for tensor in graph.tensors}
    used |= {entry.buffer for entry in model.metadata or ()}
    for number, buffer in enumerate(model.buffers):
        if number not in used:
            buffer.data = None
    return bytes(flatbuffer_utils.convert_object_to_bytearray(model))


def _round(model: Any, weights: Any, schema: Any) -> None:
    """Give the tensor int8 weights in a buffer of its own: another tensor may share the old one."""
    values = np.frombuffer(bytes(model.buffers[weights.buffer].data), np.float32).reshape(weights.shape)
    rounded, scales = rounded_by_row(values)
    buffer = schema.BufferT()
    buffer.data = np.frombuffer(rounded.tobytes(), np.uint8)
    model.buffers.append(buffer)
    weights.buffer, weights.type = len(model.buffers) - 1, schema.TensorType.INT8
    weights.quantization = schema.QuantizationParametersT()
    weights.quantization.scale = scales
    weights.quantization.zeroPoint = np.zeros(len(scales), np.int64)
    weights.quantization.quantizedDimension = 0


def rounded_by_row(values: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """``values`` (rows, …) as int8 and one scale a row; a row of zeros has a scale all the same."""
    scales = np.maximum(np.abs(values.reshape(len(values), -1)).max(axis=1) / LARGEST, 1e-12).astype(np.float32)
    steps = np.rint(values / scales.reshape(-1, *[1] * (values.ndim - 1)))
    return np.clip(steps, -LARGEST, LARGEST).astype(np.int8), scales
