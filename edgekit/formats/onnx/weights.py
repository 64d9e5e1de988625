"""Weights of an ONNX graph as integers, with DequantizeLinear before the operator that reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.models.weights import Weights
from edgekit.quantization.rounding import nearest
from edgekit.system.optional import require

WEIGHTED = ("Conv", "ConvTranspose", "MatMul", "Gemm", "MatMulInteger", "ConvInteger")
"""Types of the operators whose second input is weights."""
MIN_WEIGHTS = 1024
"""Smaller weights stay float: their bytes do not matter, their accuracy does."""


def weights_of(graph: Any) -> Iterator[Weights]:
    """Return the constant weights of convolutions and products, as they are stored, read through dequantization."""
    onnx = require("onnx", asked="reading ONNX", extra="convert")
    constants = {tensor.name: tensor for tensor in graph.initializer}
    makers = {node.output[0]: node.input[0] for node in graph.node if node.op_type in ("DequantizeLinear", "Cast")}
    for node in graph.node:
        if node.op_type not in WEIGHTED:
            continue
        name = node.input[1]
        while name in makers:
            name = makers[name]
        if name in constants:
            values = onnx.numpy_helper.to_array(constants[name])
            values = values.astype(np.int8) if values.dtype.itemsize == 1 else values  # int4 is a type of its own
            yield Weights(name=node.output[0], op=node.op_type, values=values, pointwise=False)


def store_weights(model: Any, ops: Sequence[str], *, bits: int, overrides: Mapping[str, str]) -> None:
    """Replace the constant float weights of operators by integers, symmetric around zero, one scale per channel.

    Args:
        model: An ONNX model, changed in place; int4 needs opset 21.
        ops: Types of the operators: Conv, MatMul, Gemm, Gather (one scale per row).
        bits: 8 or 4.
        overrides: Operators, by their first output, that stay ``float`` or get ``int8``.
    """
    onnx = require("onnx", asked="quantizing ONNX", extra="convert")
    graph = model.graph
    weights = {tensor.name: tensor for tensor in graph.initializer}
    for node in [node for node in graph.node if node.op_type in ops]:
        index = 0 if node.op_type == "Gather" else 1
        name, level = node.input[index], overrides.get(node.output[0])
        if level == "float" or name not in weights:
            continue
        values = onnx.numpy_helper.to_array(weights[name])
        if values.dtype != np.float32 or values.size < MIN_WEIGHTS or values.ndim < 2:
            continue
        node_bits = 8 if level == "int8" else bits
        stored = f"{name}_int{node_bits}"
        if not any(tensor.name == stored for tensor in graph.initializer):
            axis = _channel_axis(node, values.ndim)
            _add(graph, name, stored, values, axis, node_bits)
        node.input[index] = f"{stored}_float"
    used = {tensor for node in graph.node for tensor in node.input}
    for name in [name for name in weights if name not in used]:
        graph.initializer.remove(weights[name])


def _channel_axis(node: Any, rank: int) -> int:
    """Return the axis of the channels that come out: the rows of a convolution or a table, a product's columns."""
    if node.op_type in ("Conv", "Gather"):
        return 0
    transposed = any(attribute.name == "transB" and attribute.i for attribute in node.attribute)
    return rank - 2 if transposed else rank - 1


def _add(graph: Any, name: str, stored: str, values: NDArray[np.float32], axis: int, bits: int) -> None:
    """Add the integers, their scales, and the node that makes floats of them."""
    onnx = require("onnx", asked="quantizing ONNX", extra="convert")
    limit = 2 ** (bits - 1) - 1
    others = tuple(dimension for dimension in range(values.ndim) if dimension != axis)
    largest = np.maximum(np.abs(values).max(axis=others), np.finfo(np.float32).tiny)
    scale = (largest / limit).astype(np.float32)
    shape = [-1 if dimension == axis else 1 for dimension in range(values.ndim)]
    steps = nearest.integers(values, scale.reshape(shape), limit=limit).astype(np.int8)
    kind = onnx.TensorProto.INT8 if bits == 8 else onnx.TensorProto.INT4
    graph.initializer.extend(
        [
            onnx.helper.make_tensor(stored, kind, values.shape, _packed(steps, bits), raw=True),
            onnx.numpy_helper.from_array(scale, f"{stored}_scale"),
        ]
    )
    node = onnx.helper.make_node(
        "DequantizeLinear", [stored, f"{stored}_scale"], [f"{stored}_float"], name=f"Dequantize_{name}", axis=axis
    )
    graph.node.insert(0, node)


def store_integers(tensor: Any, values: NDArray[np.int8]) -> None:
    """Change the values of a constant of 8 or 4 bits."""
    onnx = require("onnx", asked="quantizing ONNX", extra="convert")
    bits = 4 if tensor.data_type == onnx.TensorProto.INT4 else 8
    packed = _packed(values, bits)
    tensor.CopyFrom(onnx.helper.make_tensor(tensor.name, tensor.data_type, values.shape, packed, raw=True))


def _packed(steps: NDArray[np.int8], bits: int) -> bytes:
    """Return the bytes of integers; two of 4 bits share one, the first in its low half (ONNX, TensorProto.int4)."""
    if bits == 8:
        return steps.tobytes()
    flat = np.append(steps.ravel(), [0] * (steps.size % 2)).astype(np.int8) & 0x0F
    return bytes((flat[0::2] | (flat[1::2] << 4)).astype(np.uint8).tobytes())
