"""Calls that XLA must compile become their bodies, and the graph answers as before."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edgekit.graph.inlining import CALLS, inlined
from edgekit.system.optional import tensorflow


@pytest.fixture
def compiled() -> Any:
    """``a, b -> y``: a compiled function of two outputs, which calls another, called twice in a row."""
    tf = tensorflow()

    halved = tf.function(lambda x: x / 2.0, jit_compile=True)
    both = tf.function(lambda x, y: (halved(x) + y, x * 3.0), jit_compile=True)

    def model(a: Any, b: Any) -> Any:
        first, second = both(a, b)
        third, fourth = both(second, first)
        return tf.identity(third - fourth, name="y")

    spec = tf.TensorSpec([2], tf.float32)
    return tf.function(model).get_concrete_function(spec, spec).graph.as_graph_def()


def answer(definition: Any) -> Any:
    tf = tensorflow()
    with tf.Graph().as_default() as graph:
        tf.graph_util.import_graph_def(definition, name="")
        with tf.compat.v1.Session(graph=graph) as session:
            return session.run("y:0", {"a:0": [1.0, 2.0], "b:0": [10.0, 20.0]})


def test_no_call_is_left_and_the_answer_is_the_same(compiled: Any) -> None:
    assert any(node.op in CALLS for node in compiled.node)
    graph = inlined(compiled)
    assert not any(node.op in CALLS for node in graph.node)
    expected = np.array([3.0, 6.0]) / 2 + np.array([0.5, 1.0]) + np.array([10.0, 20.0]) - np.array([9.0, 18.0])
    np.testing.assert_allclose(answer(graph), expected)


def test_a_damaged_body_changes_the_answer(compiled: Any) -> None:
    before = answer(inlined(compiled))
    for function in compiled.library.function:
        for node in function.node_def:
            if node.op == "RealDiv":
                node.op = "Mul"
    assert not np.allclose(answer(inlined(compiled)), before)


def test_a_graph_without_calls_stays_as_it_is() -> None:
    tf = tensorflow()
    with tf.Graph().as_default() as graph:
        tf.identity(tf.compat.v1.placeholder(tf.float32, [2], name="a"), name="y")
    assert inlined(graph.as_graph_def()) == graph.as_graph_def()
