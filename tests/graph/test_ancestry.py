"""What an op depends on, and what depends on the inputs."""

from __future__ import annotations

from edgekit.graph.ancestry import ancestors, dependents
from tests.graph.graphs import words_graph


def test_ancestors_are_all_that_an_op_depends_on() -> None:
    graph = words_graph()
    y = graph.get_operation_by_name("y")
    names = {op.name for op in ancestors([y])}
    assert {"y", "x", "two", "one"} <= names
    assert not {"text", "low"} & names


def test_nothing_behind_a_stop_is_one() -> None:
    y = words_graph().get_operation_by_name("y")
    names = {op.name for op in ancestors([y], stop=lambda op: op.name == "two")}
    assert "two" in names
    assert "one" not in names


def test_constants_depend_on_no_input() -> None:
    names = {op.name for op in dependents(words_graph().get_operations())}
    assert {"text", "low", "x", "y"} <= names
    assert not {"one", "two"} & names
