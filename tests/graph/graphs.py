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


def steps_graph() -> Any:
    """A graph with a loop that keeps a list: ``x [n, 3, 2] -> y [n, 3, 2]``, the running sums of the steps."""
    tf = tensorflow()

    @tf.function(input_signature=[tf.TensorSpec([None, 3, 2], tf.float32, name="x")], autograph=False)  # type: ignore[untyped-decorator]
    def sums(x: Any) -> Any:
        steps = tf.unstack(x, axis=1)
        sums = tf.TensorArray(tf.float32, 3, element_shape=[None, 2])
        inputs = tf.TensorArray(tf.float32, 3, element_shape=[None, 2]).unstack(tf.stack(steps))

        def body(step: Any, total: Any, sums: Any) -> Any:
            total += inputs.read(step)
            return step + 1, total, sums.write(step, total)

        start = (0, tf.zeros_like(steps[0] * 2.0), sums)
        _, _, sums = tf.while_loop(lambda step, *_: step < 3, body, start)
        return tf.identity(tf.transpose(sums.stack(), [1, 0, 2]), name="y")

    return sums.get_concrete_function().graph
