"""Fake quantization: a training graph computes as the int8 model will, and stays differentiable.

Weights are rounded per channel out, symmetric around zero, activations by one range per tensor: as TFLite's
specification of 8-bit quantization has it (https://ai.google.dev/edge/litert/conversion/tensorflow/quantization).
The ranges of activations lie where the int8 model has integers between its operators.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from edgekit.compression.training_graph import ACTIVATIONS, BIASES, Layer, TrainingGraph, readers_of
from edgekit.system.optional import tensorflow

Operation = Any
"""TensorFlow's, which ships no types."""
BITS = 8
KEEPS_RANGE = (
    "Reshape",
    "Squeeze",
    "ExpandDims",
    "Transpose",
    "MaxPool",
    "Pad",
    "PadV2",
    "MirrorPad",
    "Slice",
    "StridedSlice",
    "Split",
    "SplitV",
    "Unpack",
    "Pack",
    "Tile",
    "GatherV2",
    "GatherNd",
    "ResizeNearestNeighbor",
    "ResizeBilinear",
    "DepthToSpace",
    "SpaceToDepth",
    "SpaceToBatchND",
    "BatchToSpaceND",
    "BroadcastTo",
    "Identity",
    "StopGradient",
    "ReverseV2",
)
"""Operators whose output has the range of their input."""
FIXED_RANGE = ("Softmax", "LogSoftmax", "Sigmoid", "Tanh")
"""Operators whose integer kernels have a range of their own."""


def range_points(graph: TrainingGraph) -> list[str]:
    """Return the nodes whose first output is an activation with a range of its own.

    A layer with the bias and the activation that are fused into it is one operator, so the range is that of its end.
    """
    tf = tensorflow()
    with tf.Graph().as_default() as imported:
        tf.graph_util.import_graph_def(graph.definition, name="")
    readers = readers_of(graph.definition)
    fed = {layer.weights_input for layer in graph.layers.values()} | {x.shift_input for x in graph.layers.values()}
    alive: dict[str, Operation] = {}  # what depends on an input, in the order of the graph
    for op in imported.get_operations():
        from_input = op.type == "Placeholder" and op.name not in fed
        if from_input or any(tensor.op.name in alive for tensor in op.inputs):
            alive[op.name] = op
    return [name for name, op in alive.items() if _has_range(op) and not _fuses(op, readers, alive)]


def _has_range(op: Any) -> bool:
    if op.type in (*KEEPS_RANGE, *FIXED_RANGE) or not op.outputs:
        return False
    return bool(op.outputs[0].dtype == tensorflow().float32)


def _fuses(op: Any, readers: Mapping[str, Sequence[Any]], alive: Mapping[str, Operation]) -> bool:
    """Whether an operator's only reader is computed with it: a bias, or an activation."""
    following = readers[op.name]
    if len(following) != 1 or op.type == "Placeholder":
        return False
    (reader,) = following
    if reader.op in ACTIVATIONS:
        return True
    others = [name.partition(":")[0] for name in reader.input if name.partition(":")[0] != op.name]
    constant = bool(others) and not any(name in alive for name in others)
    return op.type in ("Conv2D", "DepthwiseConv2dNative", "MatMul") and reader.op in BIASES and constant


def add_ranges(graph: TrainingGraph, points: Sequence[str]) -> None:
    """Put a fake quantization behind each of the points; its bounds are the placeholders of `bounds_of`."""
    dtype = tensorflow().float32.as_datatype_enum
    names = {fake_quantized(point) for point in points}
    for point in points:
        for node in graph.definition.node:
            if node.name not in names:
                node.input[:] = [fake_quantized(point) if s in (point, f"{point}:0") else s for s in node.input]
        for name in bounds_of(point):
            bound = graph.definition.node.add()
            bound.op, bound.name = "Placeholder", name
            bound.attr["dtype"].type = dtype
        quantizer = graph.definition.node.add()
        quantizer.op, quantizer.name = "FakeQuantWithMinMaxVars", fake_quantized(point)
        quantizer.input[:] = [point, *bounds_of(point)]
        quantizer.attr["num_bits"].i = BITS


def fake_quantized(point: str) -> str:
    """Return the name of the node behind a point."""
    return f"{point}/fake_quant"


def bounds_of(point: str) -> tuple[str, str]:
    """Return the names of the placeholders of a range's lowest and highest value."""
    return f"{point}/lowest", f"{point}/highest"


def rounded_weights(layer: Layer, weights: Any) -> Any:
    """Return a layer's weights rounded to int8 steps, one scale per channel out; gradients pass straight through."""
    tf = tensorflow()
    limit = 2 ** (BITS - 1) - 1
    if layer.op == "MatMul":
        axes = [1] if layer.transposed else [0]
    else:
        axes = [0, 1] if layer.op == "DepthwiseConv2dNative" else [0, 1, 2]
    largest = tf.reduce_max(tf.abs(weights), axis=axes, keepdims=True)
    scale = tf.maximum(largest, 1e-12) / limit
    return weights + tf.stop_gradient(tf.round(weights / scale) * scale - weights)
