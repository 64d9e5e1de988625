"""Weights for quantization-aware training to start from: on int8 steps already, rounded by GPTQ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.compression.training_graph import Layer, NodeDef, TensorSpec, TrainingGraph, folded_weights
from edgekit.quantization.moments import Moments, Window
from edgekit.quantization.rounding.gptq import rounded
from edgekit.system.optional import tensorflow

LIMIT = 127
STILL_ZERO = 0.01
"""What is left of a weight that rounds to zero, in steps: an exact zero would be taken for a pruned one, and stay."""
Array = NDArray[np.float32]


def rounded_start(
    graph: TrainingGraph, specs: Mapping[str, TensorSpec], batches: Iterator[Mapping[str, NDArray[Any]]]
) -> dict[str, Array]:
    """Return the weights of a graph's layers that lie on int8 steps once their batch norms are folded in.

    Args:
        graph: The graph.
        specs: The inputs' TensorSpecs by name.
        batches: Training samples by the names of the inputs.
    """
    tf = tensorflow()
    nodes = {node.name: node for node in graph.definition.node}
    moments, groups = _moments(graph, nodes, specs, batches)
    weights = {}
    for layer in graph.layers.values():
        own = graph.values[layer.weights]
        tensors = {name: tf.constant(graph.values[name]) for name in (layer.weights, *(layer.norm or ()))}
        folded = folded_weights(layer, tensors)[0].numpy()
        grouped = _grouped(layer, folded, groups[layer.node])
        steps = np.maximum(np.abs(grouped).max(axis=2, keepdims=True), np.finfo(np.float32).tiny) / LIMIT
        integers = rounded(grouped, steps, moments[layer.node], limit=LIMIT).astype(float)
        values = _stored(layer, np.where(integers == 0, STILL_ZERO * np.sign(grouped), integers) * steps, folded.shape)
        # What the norm multiplies each weight by; where that is zero nothing is to be rounded.
        factor = np.divide(folded, own, out=np.zeros_like(folded), where=own != 0)
        weights[layer.weights] = np.divide(values, factor, out=own.copy(), where=factor != 0, casting="unsafe")
    return weights


def _moments(
    graph: TrainingGraph,
    nodes: Mapping[str, NodeDef],
    specs: Mapping[str, TensorSpec],
    batches: Iterator[Mapping[str, NDArray[Any]]],
) -> tuple[dict[str, Moments], dict[str, int]]:
    """Return the second moments of what the layers read, and their groups of channels, by the names of their nodes."""
    sources = list(dict.fromkeys(nodes[name].input[0] for name in graph.layers))
    moments, groups = {name: Moments() for name in graph.layers}, dict[str, int]()
    generator = np.random.default_rng(0)
    for tensors in graph.run(specs, batches, sources):
        values = dict(zip(sources, (tensor.numpy() for tensor in tensors), strict=True))
        for name, layer in graph.layers.items():
            inputs = values[nodes[name].input[0]]
            window = _window(layer, nodes[name], graph.values[layer.weights], inputs.shape)
            groups[name] = window.groups
            for sample in [inputs] if layer.op == "MatMul" else inputs[:, None]:
                moments[name].add(window.rows(sample, generator))
    return moments, groups


def _window(layer: Layer, node: Any, weights: Array, shape: tuple[int, ...]) -> Window:
    if layer.op == "MatMul":
        return Window()
    strides, dilations = (list(node.attr[name].list.i) or [1, 1, 1, 1] for name in ("strides", "dilations"))
    channels = shape[-1]
    groups = channels if layer.op == "DepthwiseConv2dNative" else channels // weights.shape[2]
    window = Window(
        kernel=(weights.shape[0], weights.shape[1]),
        strides=(strides[1], strides[2]),
        dilations=(dilations[1], dilations[2]),
        groups=groups,
    )
    return window.padded_for(shape[-3:-1]) if node.attr["padding"].s == b"SAME" else window


def _grouped(layer: Layer, weights: Array, groups: int) -> Array:
    """Return weights as ``[groups, outputs, inputs]``."""
    if layer.op == "MatMul":
        return weights[None] if layer.transposed else weights.T[None]
    if layer.op == "DepthwiseConv2dNative":  # [height, width, channels, outputs]
        return weights.transpose(2, 3, 0, 1).reshape(weights.shape[2], weights.shape[3], -1)
    return weights.transpose(3, 2, 0, 1).reshape(groups, weights.shape[3] // groups, -1)


def _stored(layer: Layer, values: NDArray[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    """Return ``[groups, outputs, inputs]`` in the order of the weights."""
    if layer.op == "MatMul":
        return np.asarray(values[0] if layer.transposed else values[0].T)
    height, width, channels, outputs = shape
    if layer.op == "DepthwiseConv2dNative":
        return values.reshape(channels, outputs, height, width).transpose(2, 3, 0, 1)
    return values.reshape(outputs, channels, height, width).transpose(2, 3, 1, 0)
