"""Importance: what a layer's answers would lose with each of its weights.

A weight that becomes zero takes ``w * x`` from its channel. Over the samples that is ``w ** 2 * mean(x ** 2)`` of
squared error, if inputs are not correlated (the diagonal of optimal brain damage, LeCun et al. 1990; Wanda, Sun et al.
2023, ranks by its root). Divided by the variance of the channel, and by the number of channels, it is the weight's
share of the layer's relative error, which can be compared between layers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.compression.training_graph import Layer, TrainingGraph
from edgekit.system.optional import tensorflow

Array = NDArray[np.float32]
SMALLEST = 1e-8


def ends_of(graph: TrainingGraph, layers: Sequence[Layer]) -> list[str]:
    """Return, for each layer, the node that it reads and the node with what it makes of it, one after the other."""
    reads = {node.name: node.input[0].partition(":")[0] for node in graph.definition.node if node.input}
    read_by = {source: name for name, source in reads.items()}
    return [node for x in layers for node in (reads[x.node], read_by[x.node] if x.norm is not None else x.node)]


def weight_scales(graph: TrainingGraph, layers: Sequence[Layer], activations: Iterator[list[Any]]) -> dict[str, Array]:
    """Return what the squared weights of each layer are multiplied by to give their importance, in their shape.

    Args:
        graph: The graph.
        layers: The layers; convolutions and products, none depthwise.
        activations: For each batch of samples, what the nodes of `ends_of` give.
    """
    tf = tensorflow()
    moments = np.zeros((len(layers), 3), object)
    batches = 0
    for tensors in activations:
        batches += 1
        for index in range(len(layers)):
            inputs, outputs = tensors[2 * index], tensors[2 * index + 1]
            axes, output_axes = list(range(inputs.shape.rank - 1)), list(range(outputs.shape.rank - 1))
            moments[index, 0] += tf.reduce_mean(tf.square(inputs), axes).numpy()
            moments[index, 1] += tf.reduce_mean(outputs, output_axes).numpy()
            moments[index, 2] += tf.reduce_mean(tf.square(outputs), output_axes).numpy()
    scales = {}
    for layer, (square, mean, squared) in zip(layers, moments / batches, strict=True):
        variance = np.maximum(squared - mean**2, SMALLEST)
        by_channel = square[:, None] / variance[None, :] / len(variance)
        if layer.norm is not None:
            gamma, _, _, spread = (graph.values[name] for name in layer.norm)
            by_channel = by_channel * gamma**2 / (spread + layer.epsilon)
        shape = graph.values[layer.weights].shape
        scales[layer.weights] = np.broadcast_to(by_channel.T if layer.transposed else by_channel, shape)
    return scales
