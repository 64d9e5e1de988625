"""Faults of a model file of either format: of its weights, and of the scales of what is quantized."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.formats.tflite.graph import (
    constant_values,
    operator_type,
    read_graph,
    store_integers,
    weighted_operators,
    write_graph,
)
from edgekit.system.optional import require

FLIPPED = 0.001
"""Share of the weights of each operator of which a bit is flipped."""
FIXED_SCALES = ("SOFTMAX", "LOG_SOFTMAX", "LOGISTIC", "TANH", "L2_NORMALIZATION")
"""Operators whose output's scale TFLite's quantization specification fixes."""
ACTIVATIONS = (7, 9)
"""Codes of int16 and int8 in the schema's TensorType."""


def in_file(in_tflite: Callable[[Any], bool], in_onnx: Callable[[Any], bool]) -> Callable[[bytes], bytes | None]:
    """Return what changes a model file of either format; each part says whether it changed anything."""

    def make(content: bytes) -> bytes | None:
        if content[4:8] == b"TFL3":
            graph = read_graph(content)
            return write_graph(graph) if in_tflite(graph) else None
        onnx = require("onnx", asked="a fault in an ONNX file", extra="convert")
        model = onnx.load_from_string(content)
        return bytes(model.SerializeToString()) if in_onnx(model) else None

    return make


def on_weights(change: Callable[[NDArray[Any], int], NDArray[Any]], *, last: bool) -> Callable[[bytes], bytes | None]:
    """Change the weights of the last operator that has some, or of all; ``change`` gets the number of their bits."""

    def in_tflite(graph: Any) -> bool:
        constants = {id(tensor): tensor for _, _, tensor in weighted_operators(graph)}
        values_of = [(tensor, constant_values(graph, tensor)) for tensor in constants.values()]
        weights = [(tensor, values) for tensor, values in values_of if values is not None and values.ndim > 1]
        for tensor, values in weights[-1:] if last else weights:
            packed = len(graph.buffers[tensor.buffer].data) < values.nbytes
            changed = change(values.copy(), 4 if packed else 8 * values.itemsize)
            if values.dtype == np.int8:
                store_integers(graph, tensor, changed)
            else:
                graph.buffers[tensor.buffer].data = np.frombuffer(changed.tobytes(), np.uint8)
        return bool(weights)

    def in_onnx(model: Any) -> bool:
        onnx = require("onnx", asked="a fault in an ONNX file", extra="convert")
        constants = {tensor.name: tensor for tensor in model.graph.initializer}
        # By name, in the order in which nodes read them: the last is that of the last operator.
        used = {name: constants[name] for node in model.graph.node for name in node.input if name in constants}
        values_of = [(tensor, onnx.numpy_helper.to_array(tensor)) for tensor in used.values()]
        weights = [(tensor, values) for tensor, values in values_of if values.ndim > 1 and values.dtype.kind in "fiu"]
        for tensor, values in weights[-1:] if last else weights:
            changed = change(values.copy(), 8 * values.itemsize)
            tensor.CopyFrom(onnx.numpy_helper.from_array(changed, tensor.name))
        return bool(weights)

    return in_file(in_tflite, in_onnx)


def flip_bits(values: NDArray[Any], bits: int) -> NDArray[Any]:
    """Flip the highest bit but one of some weights: a quarter of the range of integers, the exponent of floats."""
    flipped = np.random.default_rng(0).choice(values.size, max(1, int(FLIPPED * values.size)), replace=False)
    words = values.reshape(-1).view(f"u{values.dtype.itemsize}")
    words[flipped] ^= words.dtype.type(1 << (bits - 2))
    return values


def zero_channel(values: NDArray[Any], _: int) -> NDArray[Any]:
    """Zero a channel that comes out: of a matrix ``[in, out]``, which ONNX has, one that goes in."""
    sizes = np.abs(values.astype(np.float64)).reshape(len(values), -1).sum(1)
    values[int(sizes.argmax())] = 0
    return values


def double_weight_scale(graph: Any) -> bool:
    """Double the scale of one operator's weights, as when one side reads another's numbers."""
    for _, _, tensor in weighted_operators(graph):
        quantization = tensor.quantization
        if quantization is not None and quantization.scale is not None and len(quantization.scale):
            quantization.scale = np.asarray(quantization.scale, np.float32) * np.float32(2)
            return True
    return False


def quarter_activations(graph: Any) -> bool:
    """A quarter of the range for each activation, as by calibration on paler samples: what is beyond saturates."""
    subgraph = graph.subgraphs[0]
    ends = {int(index) for index in (*subgraph.inputs, *subgraph.outputs)}
    activations = {
        int(index)
        for operator in subgraph.operators
        for index in operator.outputs
        if operator_type(graph, operator) not in FIXED_SCALES
    }
    changed = False
    for index in sorted(activations - ends):
        tensor = subgraph.tensors[index]
        quantization = tensor.quantization
        if tensor.type in ACTIVATIONS and quantization is not None and quantization.scale is not None:
            quantization.scale = np.asarray(quantization.scale, np.float32) / np.float32(4)
            changed = True
    return changed


def onnx_weight_scale(factor: float) -> Callable[[Any], bool]:
    """Return what multiplies the scale of the first quantized weights."""

    def in_onnx(model: Any) -> bool:
        constants = {tensor.name: tensor for tensor in model.graph.initializer}
        nodes = [
            node
            for node in _scale_readers(model, "DequantizeLinear", constants)
            if node.input[0] in constants and len(constants[node.input[0]].dims) > 1
        ]
        _multiply(constants, [node.input[1] for node in nodes[:1]], factor)
        return bool(nodes)

    return in_onnx


def onnx_activation_scales(factor: float) -> Callable[[Any], bool]:
    """Return what multiplies the scales of all activations."""

    def in_onnx(model: Any) -> bool:
        constants = {tensor.name: tensor for tensor in model.graph.initializer}
        nodes = _scale_readers(model, "QuantizeLinear", constants)
        _multiply(constants, [node.input[1] for node in nodes], factor)
        return bool(nodes)

    return in_onnx


def _scale_readers(model: Any, operator: str, constants: Mapping[str, Any]) -> list[Any]:
    """Return the nodes of an operator whose scale, their second input, is a constant."""
    return [node for node in model.graph.node if node.op_type == operator and node.input[1] in constants]


def _multiply(constants: Mapping[str, Any], names: Sequence[str], factor: float) -> None:
    onnx = require("onnx", asked="a fault in an ONNX file", extra="convert")
    for name in dict.fromkeys(names):  # several nodes may read one scale
        values = onnx.numpy_helper.to_array(constants[name])
        constants[name].CopyFrom(onnx.numpy_helper.from_array((values * factor).astype(values.dtype), name))
