"""Weights to start training from lie on int8 steps, lose less than the nearest steps do, and free no zeros."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from edgekit.compression.distillation import specs_of
from edgekit.compression.fake_quant import rounded_weights
from edgekit.compression.qat_start import STILL_ZERO, rounded_start
from edgekit.compression.training_graph import TrainingGraph, constant_feeds, folded_weights, training_graph
from edgekit.system.optional import tensorflow
from tests.compression.graphs import frozen_network, pictures

OUTPUT = "probabilities"


def loaded(folder: Path) -> tuple[TrainingGraph, dict[str, Any]]:
    frozen = frozen_network(folder)
    return training_graph(frozen.load(), [OUTPUT]), specs_of(frozen.contract)


def batches(seed: int = 0) -> Any:
    return iter([{"image": part} for part in np.split(pictures(64, seed), 4)])


def folded(graph: TrainingGraph, values: dict[str, Any]) -> dict[str, Any]:
    tf = tensorflow()
    tensors = {name: tf.constant(value) for name, value in (graph.values | values).items()}
    return {layer.weights_input: folded_weights(layer, tensors)[0] for layer in graph.layers.values()}


def test_they_lie_on_steps(tmp_path: Path) -> None:
    graph, specs = loaded(tmp_path)
    found = folded(graph, rounded_start(graph, specs, batches()))
    changed = folded(graph, {})
    for layer in graph.layers.values():
        weights = found[layer.weights_input]
        again = rounded_weights(layer, weights).numpy()
        step = np.abs(weights.numpy()).max() / 127
        np.testing.assert_allclose(again, weights.numpy(), atol=2 * STILL_ZERO * step)
        assert not np.allclose(changed[layer.weights_input], weights, atol=0.01 * step)


def test_they_lose_less_than_the_nearest_steps(tmp_path: Path) -> None:
    graph, specs = loaded(tmp_path)
    tf = tensorflow()

    def answers(weights: dict[str, Any]) -> Any:
        feeds = {name: np.asarray(each) for name, each in (constant_feeds(graph) | weights).items()}
        ask = tf.function(
            lambda inputs: graph.call({**inputs, **{n: tf.constant(v) for n, v in feeds.items()}}, [OUTPUT]),
            input_signature=[specs],
            autograph=False,
        )
        return np.concatenate([ask({n: tf.constant(v) for n, v in batch.items()})[0] for batch in batches(seed=7)])

    exact = answers({})
    plain = folded(graph, {})
    nearest = {
        layer.weights_input: rounded_weights(layer, plain[layer.weights_input]) for layer in graph.layers.values()
    }
    errors = [
        float(np.square(answers(weights) - exact).sum())
        for weights in (folded(graph, rounded_start(graph, specs, batches())), nearest)
    ]
    assert errors[0] < 0.7 * errors[1]


def test_zeros_stay_and_none_are_added(tmp_path: Path) -> None:
    graph, specs = loaded(tmp_path)
    name = next(layer.weights for layer in graph.layers.values() if layer.op == "MatMul")
    graph.values[name] = np.where(np.abs(graph.values[name]) < 0.2, 0, graph.values[name])
    graph.values[name].flat[5] = 1e-6
    found = rounded_start(graph, specs, batches())[name]
    np.testing.assert_array_equal(found == 0, graph.values[name] == 0)


def test_convolutions_in_groups(tmp_path: Path) -> None:
    """Each group is rounded by what it reads itself: the second one's inputs are others than the first one's."""
    tf = tensorflow()
    kernel = np.random.default_rng(0).normal(size=(3, 3, 2, 8)).astype(np.float32)

    def call(image: Any) -> Any:
        return tf.nn.conv2d(image, tf.constant(kernel), 1, "SAME", name="conv")

    spec = tf.TensorSpec([None, 8, 8, 4], tf.float32, name="image")
    traced = tf.function(call, input_signature=[spec]).get_concrete_function()
    definition = traced.graph.as_graph_def()
    graph = training_graph(definition, ["conv"])
    (layer,) = graph.layers.values()
    values = np.random.default_rng(1).normal(size=(16, 8, 8, 4)).astype(np.float32).cumsum(axis=2)
    values[..., 2:] = 3 - 2 * values[..., 2:].cumsum(axis=1)
    found = rounded_start(graph, {"image": spec}, iter([{"image": values}]))[layer.weights]
    nearest = rounded_weights(layer, tf.constant(kernel)).numpy()
    exact = tf.nn.conv2d(values, kernel, 1, "SAME").numpy()
    for group in (slice(0, 4), slice(4, 8)):
        errors = [
            float(np.square(tf.nn.conv2d(values, weights, 1, "SAME").numpy() - exact)[..., group].sum())
            for weights in (found, nearest)
        ]
        assert errors[0] < 0.8 * errors[1]
