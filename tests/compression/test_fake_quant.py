"""Fake quantization: ranges lie, and weights are rounded, as in the int8 model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from edgekit.compression.distillation import specs_of
from edgekit.compression.fake_quant import add_ranges, bounds_of, fake_quantized, range_points, rounded_weights
from edgekit.compression.training_graph import Layer, constant_feeds, training_graph
from edgekit.system.optional import tensorflow
from tests.compression.graphs import answers, frozen_network, pictures


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
        rounded = rounded_weights(layer, tf.constant(weights)).numpy()
        axes = {"MatMul": (0,), "DepthwiseConv2dNative": (0, 1), "Conv2D": (0, 1, 2)}[layer.op]
        scale = np.abs(weights).max(axis=axes, keepdims=True) / 127
        np.testing.assert_allclose(rounded / scale, np.rint(weights / scale), atol=1e-3)
        assert len(np.unique(np.rint(rounded / scale))) <= 255


def test_fake_quantization_changes_answers_a_little(tmp_path: Path) -> None:
    frozen, images = frozen_network(tmp_path), pictures()
    graph = training_graph(frozen.load(), ["probabilities"])
    points = range_points(graph)
    specs = specs_of(frozen.contract)
    (activations,) = list(graph.run(specs, iter([{"image": images}]), points))
    add_ranges(graph, points)
    bounds = {
        name: tensorflow().constant(float(value))
        for point, tensor in zip(points, activations, strict=True)
        for name, value in zip(bounds_of(point), (min(0, tensor.numpy().min()), tensor.numpy().max()), strict=True)
    }

    def tensors() -> dict[str, Any]:  # tensors of the function: an eager one cannot be put into a graph
        return {name: tensorflow().identity(value) for name, value in bounds.items()}

    ask = tensorflow().function(
        lambda image: graph.call({"image": image, **constant_feeds(graph), **tensors()}, ["probabilities"])[0],
        autograph=False,
    )
    error = np.abs(ask(tensorflow().constant(images)).numpy() - answers(frozen, images)).max()
    assert 1e-6 < error < 0.02


def test_a_channel_without_weights_stays_so_and_gradients_pass() -> None:
    tf = tensorflow()
    layer = Layer(node="n", op="MatMul", weights="w", transposed=True)
    weights = tf.Variable([[0.0, 0.0], [1.0, 0.3]])
    with tf.GradientTape() as tape:
        rounded = rounded_weights(layer, weights)
        loss = tf.reduce_sum(rounded * [[1.0, 2.0], [3.0, 4.0]])
    np.testing.assert_allclose(rounded, [[0.0, 0.0], [1.0, 38 / 127]], atol=1e-6)
    np.testing.assert_array_equal(tape.gradient(loss, weights), [[1, 2], [3, 4]])


def test_names_of_what_is_added() -> None:
    assert fake_quantized("relu") == "relu/fake_quant"
    assert bounds_of("relu") == ("relu/lowest", "relu/highest")
