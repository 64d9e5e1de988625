"""A graph in training computes what the frozen one does."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from edgekit.compression.distillation import specs_of
from edgekit.compression.training_graph import TrainingGraph, training_graph, with_norms_folded
from edgekit.models.frozen_graph import FrozenGraph, save_frozen
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


def test_norms_folded_into_constants_answer_alike_and_keep_the_names_of_weights(tmp_path: Path) -> None:
    frozen = frozen_network(tmp_path)
    definition, shifts = with_norms_folded(frozen.load(), ["probabilities"])
    assert not any("BatchNorm" in node.op for node in definition.node)
    assert set(shifts.values()) <= set(frozen.trainable)
    names = {node.name for node in definition.node}
    assert {layer.weights for layer in training_graph(frozen.load(), ["probabilities"]).layers.values()} <= names
    folded = save_frozen(tmp_path / "folded", definition, frozen, ranges={})
    assert np.abs(answers(folded, pictures()) - answers(frozen, pictures())).max() < ROUNDING
    shift = next(node for node in definition.node if node.name in shifts)
    shift.attr["value"].tensor.tensor_content = bytes(len(shift.attr["value"].tensor.tensor_content))
    damaged = save_frozen(tmp_path / "damaged", definition, frozen, ranges={})
    assert np.abs(answers(damaged, pictures()) - answers(frozen, pictures())).max() > ROUNDING
