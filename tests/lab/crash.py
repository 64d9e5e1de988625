"""A model file that ends the process of any interpreter: a loop whose body is the graph that it stands in."""

from __future__ import annotations

from pathlib import Path

from edgekit.formats.tflite.graph import operator_types, read_graph, write_graph
from edgekit.system.optional import tensorflow


def write_crashing_model(path: Path) -> Path:
    tf = tensorflow()
    owner = tf.Module()
    owner.call = tf.function(
        lambda x: {"y": tf.while_loop(lambda v: tf.reduce_sum(v) < 10.0, lambda v: [v * 2.0], [x])[0]},
        input_signature=[tf.TensorSpec([1, 4], tf.float32, "x")],
    )
    converter = tf.lite.TFLiteConverter.from_concrete_functions([owner.call.get_concrete_function()], owner)
    made = converter.convert()
    graph = read_graph(made)
    graph.subgraphs[0].operators[operator_types(made).index("WHILE")].builtinOptions.bodySubgraphIndex = 0
    path.write_bytes(write_graph(graph))
    return path
