"""A graph in training computes what the frozen one does."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from edgekit.compression.distillation import specs_of
from edgekit.compression.training_graph import TrainingGraph, training_graph
from edgekit.models.frozen_graph import FrozenGraph
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
