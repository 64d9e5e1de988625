"""Which graphs need a front end is seen from the ops that their outputs depend on."""

from __future__ import annotations

from edgekit.graph.frontend_ops import has_front_dtype, needs_front_end
from tests.graph.graphs import steps_graph, words_graph


def test_strings_need_one_and_numbers_do_not() -> None:
    definition = words_graph().as_graph_def()
    assert needs_front_end(definition, {"text", "low"})
    assert not needs_front_end(definition, {"x", "one", "two", "y"})


def test_an_op_that_takes_a_text_has_a_dtype_of_the_front_end() -> None:
    graph = words_graph()
    assert has_front_dtype(graph.get_operation_by_name("low"))
    assert not has_front_dtype(graph.get_operation_by_name("y"))


def test_a_list_of_a_loop_needs_none() -> None:
    graph = steps_graph()
    definition = graph.as_graph_def()
    assert not needs_front_end(definition, {node.name for node in definition.node})
