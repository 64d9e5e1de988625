"""Fake quantization leaves a graph: activations have ranges then, and weights lie on the steps of their integers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edgekit.graph.learned_ranges import without_fake_quantization
from edgekit.system.optional import tensorflow

WEIGHTS = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
SPAN = np.abs(WEIGHTS).max(axis=0)


def graph(*, bits: int = 8, fixed: bool = False) -> Any:
    """Return ``y = fake(relu(fake(x) @ fake(w)))`` as a GraphDef."""
    tf = tensorflow()
    quantization = tf.quantization
    with tf.Graph().as_default() as built:
        x = tf.compat.v1.placeholder(tf.float32, [None, 4], name="x")
        low = tf.constant(-1.0) if fixed else tf.identity(tf.constant(-1.0, name="low"))
        fed = quantization.fake_quant_with_min_max_vars(x, low, 2.0, num_bits=bits, name="fed")
        weights = tf.identity(tf.constant(WEIGHTS, name="w"), name="read")
        rounded = quantization.fake_quant_with_min_max_vars_per_channel(
            weights, -SPAN, SPAN, narrow_range=True, name="rounded"
        )
        hidden = tf.nn.relu(tf.matmul(tf.identity(fed), rounded, name="product"), name="relu")
        quantization.fake_quant_with_min_max_args(hidden, 0.0, 6.0, name="y")
    return built.as_graph_def()


def answers(definition: Any, x: Any) -> Any:
    tf = tensorflow()
    with tf.Graph().as_default() as built, tf.compat.v1.Session(graph=built) as session:
        tf.graph_util.import_graph_def(definition, name="")
        return session.run("y:0", {"x:0": x})


def test_activations_have_the_ranges_that_were_learned() -> None:
    plain, ranges = without_fake_quantization(graph())
    assert ranges == {"x": (-1.0, 2.0), "relu": (0.0, 6.0), "y": (0.0, 6.0)}
    assert not any("FakeQuant" in node.op for node in plain.node)


def test_weights_are_as_rounded_as_in_training() -> None:
    tf = tensorflow()
    plain, _ = without_fake_quantization(graph())
    nodes = {node.name: node for node in plain.node}
    steps = tf.make_ndarray(nodes["rounded"].attr["value"].tensor) / (SPAN / 127)
    np.testing.assert_allclose(steps, np.round(WEIGHTS / (SPAN / 127)), atol=1e-4)
    assert np.abs(steps - WEIGHTS / (SPAN / 127)).max() > 0.1  # they were not so before


def test_the_plain_graph_answers_but_for_the_rounding_of_activations() -> None:
    x = np.random.default_rng(1).uniform(-1, 2, size=(8, 4)).astype(np.float32)
    plain, _ = without_fake_quantization(graph())
    apart = np.abs(answers(plain, x) - answers(graph(), x)).max()
    assert 1e-4 < apart < 0.1


@pytest.mark.parametrize("bits", [4, 8])
def test_other_than_8_bits_stay_and_are_no_ranges(bits: int) -> None:
    plain, ranges = without_fake_quantization(graph(bits=bits))
    kinds = {node.name: node.op for node in plain.node}
    assert ("x" in ranges) == (kinds["fed"] == "Identity") == (bits == 8)


def test_a_graph_without_it_is_itself() -> None:
    tf = tensorflow()
    definition = tf.Graph().as_graph_def()
    assert without_fake_quantization(definition)[0] is definition
