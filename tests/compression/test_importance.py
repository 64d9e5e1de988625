"""Importance is a weight's share of its layer's relative error, whatever the layer's scale."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgekit.compression.importance import ends_of, weight_scales
from edgekit.compression.training_graph import Layer, TrainingGraph, training_graph
from edgekit.system.optional import tensorflow
from tests.compression.graphs import frozen_network

X = np.random.default_rng(0).normal(size=(200, 3)).astype(np.float32) * [1.0, 10.0, 0.1]
W = np.random.default_rng(1).normal(size=(3, 2)).astype(np.float32)


def scales(inputs: Any, weights: Any, *, pieces: int = 1, transposed: bool = False) -> Any:
    """Return what squared weights of a product are multiplied by."""
    tf = tensorflow()
    layer = Layer(node="product", op="MatMul", weights="w", transposed=transposed)
    graph = TrainingGraph(definition=None, values={"w": weights.T if transposed else weights})
    batches = np.split(np.asarray(inputs, np.float32), pieces)
    activations = iter([[tf.constant(batch), tf.constant(batch @ weights)] for batch in batches])
    return weight_scales(graph, [layer], activations)["w"]


def test_the_formula() -> None:
    outputs = X @ W
    expected = (X**2).mean(0)[:, None] / outputs.var(0) / outputs.shape[1]
    np.testing.assert_allclose(scales(X, W), expected, rtol=1e-3)
    np.testing.assert_allclose(scales(X, W, pieces=4), expected, rtol=1e-3)
    np.testing.assert_allclose(scales(X, W, transposed=True), expected.T, rtol=1e-3)
    assert not np.allclose(scales(X[:20], W), expected, rtol=1e-3)


def test_what_reads_large_values_counts_more() -> None:
    by_input = scales(X, W)[:, 0]
    assert by_input[1] > by_input[0] > by_input[2]


def test_a_silent_channel_has_a_finite_importance() -> None:
    silent = W * [1.0, 0.0]
    assert np.isfinite(scales(X, silent.astype(np.float32))).all()


def test_the_ends_of_layers_are_what_they_read_and_make(tmp_path: Path) -> None:
    graph = training_graph(frozen_network(tmp_path).load(), ["probabilities"])
    layers = [layer for layer in graph.layers.values() if layer.op == "MatMul"]
    ends = ends_of(graph, layers)
    nodes = {node.name: node for node in graph.definition.node}
    assert ends[1::2] == [layer.node for layer in layers]
    assert [nodes[layer.node].input[0].partition(":")[0] for layer in layers] == ends[0::2]
    folded = next(layer for layer in graph.layers.values() if layer.norm is not None)
    assert ends_of(graph, [folded])[1] != folded.node
    assert ends_of(graph, []) == []


def test_without_batches_there_is_no_importance() -> None:
    layer = Layer(node="product", op="MatMul", weights="w")
    with pytest.raises(ZeroDivisionError):
        weight_scales(TrainingGraph(definition=None, values={"w": W}), [layer], iter([]))
