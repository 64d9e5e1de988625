"""Learned ranges: a graph that was trained with fake quantization becomes a plain one and the ranges of activations.

Weights are left as rounded as they were in training, so that their integers are exact.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.system.optional import tensorflow

NodeDef = Any
"""TensorFlow's, which ships no types."""
Range = tuple[float, float]
PER_TENSOR = "FakeQuantWithMinMaxVars"
PER_CHANNEL = "FakeQuantWithMinMaxVarsPerChannel"
FIXED = "FakeQuantWithMinMaxArgs"
OPS = (PER_TENSOR, PER_CHANNEL, FIXED)
BITS = 8


def without_fake_quantization(graph: Any) -> tuple[Any, dict[str, Range]]:
    """Take fake quantization off a frozen GraphDef.

    Args:
        graph: The graph. What is quantized in it to other than 8 bits, or by bounds that are no constants, stays.

    Returns:
        The graph, and the lowest and highest value of activations by the nodes whose first outputs they are, and by
        those that nothing reads, which are outputs.
    """
    if not any(node.op in OPS for node in graph.node):
        return graph, {}
    plain = type(graph)()
    plain.CopyFrom(graph)
    nodes = {node.name: node for node in plain.node}
    ranges: dict[str, Range] = {}
    for node in plain.node:
        bounds = _bounds(node, nodes) if node.op in OPS else None
        if bounds is None:
            continue
        weights = _constant(node.input[0], nodes)
        if weights is not None:
            _become_constant(node, _rounded(weights, node, bounds))
        elif node.op != PER_CHANNEL and node.attr["num_bits"].i == BITS:
            ranges[_point(node.input[0], nodes)] = (float(bounds[0]), float(bounds[1]))
            _become_identity(node)
    return plain, ranges | _of_outputs(plain, nodes, ranges)


def _of_outputs(graph: Any, nodes: Mapping[str, NodeDef], ranges: Mapping[str, Range]) -> dict[str, Range]:
    """Return the ranges of outputs that are activations by another name."""
    sources = {source.partition(":")[0] for node in graph.node for source in node.input}
    points = {node.name: _point(node.name, nodes) for node in graph.node if node.name not in sources}
    return {name: ranges[point] for name, point in points.items() if point in ranges}


def _bounds(node: NodeDef, nodes: Mapping[str, NodeDef]) -> tuple[NDArray[Any], NDArray[Any]] | None:
    """Return the lowest and the highest value of a fake quantization; None if they are no constants."""
    if node.op == FIXED:
        return np.asarray(node.attr["min"].f), np.asarray(node.attr["max"].f)
    low, high = (_constant(source, nodes) for source in node.input[1:3])
    return None if low is None or high is None else (low, high)


def _constant(source: str, nodes: Mapping[str, NodeDef]) -> NDArray[Any] | None:
    """Return what a tensor holds if it is a constant, behind identities or not."""
    node = nodes[source.partition(":")[0]]
    while node.op == "Identity":
        node = nodes[node.input[0].partition(":")[0]]
    return tensorflow().make_ndarray(node.attr["value"].tensor) if node.op == "Const" else None


def _point(source: str, nodes: Mapping[str, NodeDef]) -> str:
    """Return the node that computes an activation, before the identities behind it."""
    name = source.partition(":")[0]
    while nodes[name].op == "Identity":
        name = nodes[name].input[0].partition(":")[0]
    return name


def _rounded(weights: NDArray[Any], node: NodeDef, bounds: tuple[NDArray[Any], NDArray[Any]]) -> NDArray[Any]:
    """Return weights as training had them, on the steps of their integers."""
    quantization = tensorflow().quantization
    round_weights = (
        quantization.fake_quant_with_min_max_vars_per_channel
        if node.op == PER_CHANNEL
        else quantization.fake_quant_with_min_max_vars
    )
    num_bits, narrow_range = node.attr["num_bits"].i, node.attr["narrow_range"].b
    rounded: NDArray[Any] = round_weights(weights, *bounds, num_bits=num_bits, narrow_range=narrow_range).numpy()
    return rounded


def _become_constant(node: NodeDef, value: NDArray[Any]) -> None:
    tf = tensorflow()
    node.op, node.input[:] = "Const", []
    node.attr.clear()
    node.attr["dtype"].type = tf.float32.as_datatype_enum
    node.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(value, tf.float32))


def _become_identity(node: NodeDef) -> None:
    node.op, node.input[:] = "Identity", node.input[:1]
    node.attr.clear()
    node.attr["T"].type = tensorflow().float32.as_datatype_enum
