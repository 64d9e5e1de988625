"""Folding computes what is constant, and keeps what is asked for."""

from __future__ import annotations

from edgekit.graph.folding import folded
from tests.graph.graphs import words_graph


def test_what_is_constant_is_computed_and_what_nothing_needs_is_gone() -> None:
    definition = words_graph().as_graph_def()
    assert {node.op for node in definition.node if node.name == "two"} == {"AddV2"}
    nodes = {node.name: node.op for node in folded(definition, ["x", "y"]).node}
    assert nodes["y"] == "Mul"
    assert "AddV2" not in nodes.values()
    assert "low" not in nodes


def test_what_is_kept_stays() -> None:
    nodes = {node.name for node in folded(words_graph().as_graph_def(), ["x", "y", "low"]).node}
    assert {"text", "low"} <= nodes
