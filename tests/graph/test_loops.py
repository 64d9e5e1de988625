"""The batch of a loop is fixed where it was traced as free, and the graph answers as before."""

from __future__ import annotations

from typing import Any

import numpy as np

from edgekit.contract.contract import InputSpec
from edgekit.graph.loops import has_loops, with_batch, with_functions
from edgekit.system.optional import tensorflow
from tests.graph.graphs import steps_graph, words_graph

SPEC = InputSpec.of("tensor", name="x", dtype="float32", shape=(None, 3, 2), key="x")


def answer(definition: Any, x: Any) -> Any:
    tf = tensorflow()
    with tf.Graph().as_default() as graph:
        tf.graph_util.import_graph_def(definition, name="")
        with tf.compat.v1.Session(graph=graph) as session:
            return session.run("y:0", {"x:0": x})


def free_lists(definition: Any) -> int:
    """Count the shapes of elements that have a free size."""
    return sum(-1 in tensorflow().make_ndarray(shape.attr["value"].tensor) for shape in shapes(definition))


def shapes(definition: Any) -> list[Any]:
    scopes = [definition.node, *(function.node_def for function in definition.library.function)]
    constants = [node for nodes in scopes for node in nodes if node.op == "Const"]
    return [node for node in constants if "element_shape" in node.name]


def test_a_loop_is_seen() -> None:
    assert has_loops(steps_graph().as_graph_def())
    assert not has_loops(words_graph().as_graph_def())


def test_its_batch_is_fixed_and_its_first_step_is_not_computed_twice() -> None:
    free = steps_graph().as_graph_def()
    fixed = with_batch(free, [SPEC], ["x", "y"], 1)
    assert (free_lists(free) > 0, free_lists(fixed)) == (True, 0)
    assert not [node for node in fixed.node if node.op == "ZerosLike"]
    x = np.arange(6, dtype=np.float32).reshape(1, 3, 2)
    np.testing.assert_array_equal(answer(fixed, x), np.cumsum(x, axis=1))
    assert not np.array_equal(answer(fixed, x + 1), np.cumsum(x, axis=1))


def test_two_graphs_share_no_function_of_a_name() -> None:
    free = steps_graph().as_graph_def()
    names = [
        {f.signature.name for f in with_batch(free, [SPEC], ["x", "y"], batch).library.function} for batch in (1, 2)
    ]
    assert names[0]
    assert names[0].isdisjoint(names[1])


def test_a_graph_gets_the_functions_that_it_calls_and_no_others() -> None:
    definition = steps_graph().as_graph_def()
    alone = type(definition)(node=definition.node, versions=definition.versions)
    called = with_functions(alone, definition.library.function)
    assert {function.signature.name for function in called.library.function} == {
        function.signature.name for function in definition.library.function
    }
    assert not with_functions(words_graph().as_graph_def(), definition.library.function).library.function
