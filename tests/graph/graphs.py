"""Small TensorFlow graphs that tests make in code."""

from __future__ import annotations

from typing import Any

from edgekit.system.optional import tensorflow


def words_graph() -> Any:
    """A graph that lowercases a text, and beside it doubles a number: ``text -> low``, ``x -> y = x * two``."""
    tf = tensorflow()
    graph = tf.Graph()
    with graph.as_default():
        text = tf.compat.v1.placeholder(tf.string, [None], name="text")
        x = tf.compat.v1.placeholder(tf.float32, [None, 2], name="x")
        tf.strings.lower(text, name="low")
        two = tf.add(tf.constant(1.0, name="one"), 1.0, name="two")
        tf.multiply(x, two, name="y")
    return graph
