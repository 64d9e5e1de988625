"""A graph in training computes what the frozen one does; under fake quantization, what int8 does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from edgekit.compression.distillation import specs_of
from edgekit.compression.fake_quant import add_ranges, bounds_of, range_points, rounded_weights
from edgekit.compression.training_graph import TrainingGraph, constant_feeds, training_graph
from edgekit.models.frozen_graph import FrozenGraph
from edgekit.system.optional import tensorflow
from tests.compression.graphs import answers, frozen_network, pictures

ROUNDING = 2e-5
"""Of sums in another order, in answers up to 1: some hundred steps of float32."""


def distance(graph: TrainingGraph, frozen: FrozenGraph) -> float:
    """Return how far the answers of a graph in training lie from the frozen one's, at most."""
    images = pictures()
    (outputs,) = list(graph.run(specs_of(frozen.contract), iter([{"image": images}]), ["probabilities"]))
    return float(np.abs(outputs[0].numpy() - answers(frozen, images)).max())


def test_batch_norms_fold_without_a_difference(tmp_path: Path) -> None:
    frozen = frozen_network(tmp_path)
    graph = training_graph(frozen.load(), ["probabilities"])
    assert [layer.norm is not None for layer in graph.layers.values()] == [True, True, True, False, False]
    assert not any("BatchNorm" in node.op for node in graph.definition.node)
    assert distance(graph, frozen) < ROUNDING


def test_a_norm_that_is_folded_wrongly_is_noticed(tmp_path: Path) -> None:
    """By a thousandth, which is what a forgotten epsilon does to a variance of one."""
    frozen = frozen_network(tmp_path)
    graph = training_graph(frozen.load(), ["probabilities"])
    kernel = next(layer.weights for layer in graph.layers.values() if layer.norm is not None)
    graph.values[kernel] = graph.values[kernel] * np.float32(1.001)
    assert distance(graph, frozen) > ROUNDING


def test_ranges_lie_where_int8_has_integers(tmp_path: Path) -> None:
    """Behind the input and each operator with what fuses into it, and not behind what keeps its range."""
    graph = training_graph(frozen_network(tmp_path).load(), ["probabilities"])
    kinds = {node.name: node.op for node in graph.definition.node}
    points = [kinds[point] for point in range_points(graph)]
    # input, convolution + norm + ReLU6, depthwise the same, sum, pointwise + norm, mean, product + bias + ReLU, product
    assert points == ["Placeholder", "Relu6", "Relu6", "AddV2", "BiasAdd", "Mean", "Relu", "MatMul"]


def test_weights_are_rounded_per_channel(tmp_path: Path) -> None:
    tf = tensorflow()
    graph = training_graph(frozen_network(tmp_path).load(), ["probabilities"])
    for layer in graph.layers.values():
        weights = graph.values[layer.weights]
        found = rounded_weights(layer, tf.constant(weights)).numpy()
        axes = {"MatMul": (0,), "DepthwiseConv2dNative": (0, 1), "Conv2D": (0, 1, 2)}[layer.op]
        scale = np.abs(weights).max(axis=axes, keepdims=True) / 127
        np.testing.assert_allclose(found / scale, np.rint(weights / scale), atol=1e-3)
        assert len(np.unique(np.rint(found / scale))) <= 255


def test_fake_quantization_changes_answers_a_little(tmp_path: Path) -> None:
    frozen, images = frozen_network(tmp_path), pictures()
    graph = training_graph(frozen.load(), ["probabilities"])
    points = range_points(graph)
    specs = specs_of(frozen.contract)
    (seen,) = list(graph.run(specs, iter([{"image": images}]), points))
    add_ranges(graph, points)
    bounds = {
        name: tensorflow().constant(float(value))
        for point, tensor in zip(points, seen, strict=True)
        for name, value in zip(bounds_of(point), (min(0, tensor.numpy().min()), tensor.numpy().max()), strict=True)
    }

    def given() -> dict[str, Any]:  # tensors of the function: an eager one cannot be put into a graph
        return {name: tensorflow().identity(value) for name, value in bounds.items()}

    ask = tensorflow().function(
        lambda image: graph.call({"image": image, **constant_feeds(graph), **given()}, ["probabilities"])[0],
        autograph=False,
    )
    error = np.abs(ask(tensorflow().constant(images)).numpy() - answers(frozen, images)).max()
    assert 1e-6 < error < 0.02
