"""Folding: the constant parts of a graph, computed before it is cut or converted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from edgekit.system.optional import tensorflow


def folded(graph: Any, keep: Iterable[str], *, arithmetic: bool = True) -> Any:
    """Return a GraphDef with its constant parts computed, by TensorFlow's own optimizer.

    Args:
        graph: The GraphDef.
        keep: Names of nodes that stay.
        arithmetic: Whether to simplify arithmetic too.
    """
    tf = tensorflow()
    from tensorflow.core.protobuf import config_pb2, meta_graph_pb2  # heavy
    from tensorflow.python.grappler import tf_optimizer  # heavy

    with tf.Graph().as_default() as imported:
        tf.graph_util.import_graph_def(graph, name="")
    meta = tf.compat.v1.train.export_meta_graph(graph_def=graph, graph=imported)
    del imported, graph  # what follows copies the weights several times
    fetches = meta_graph_pb2.CollectionDef()
    fetches.node_list.value.extend(keep)
    meta.collection_def["train_op"].CopyFrom(fetches)
    options = config_pb2.ConfigProto()
    rewrites = options.graph_options.rewrite_options
    simplified = ["arithmetic", "constfold"] if arithmetic else []
    rewrites.optimizers.extend(["constfold", *simplified, "dependency", "pruning"])
    rewrites.meta_optimizer_iterations = 2
    rewrites.min_graph_nodes = -1  # small graphs too
    return tf_optimizer.OptimizeGraph(options, meta)
