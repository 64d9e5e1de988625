"""tf2onnx's optimizers without a copy of the weights for each of them."""

from __future__ import annotations

from typing import Any

from edgekit.system.optional import require


def optimized(graph: Any) -> Any:
    """Return a graph of tf2onnx after all of its optimizers, round by round until none changes it.

    tf2onnx's own loop copies the graph before each optimizer, so that it can go on without one that fails, and writes
    every constant into its proto again after it; protobuf frees neither while the node lives. Of a ResNet50 with
    102 MB of weights that took 6 GB. Constants need no such update: their values are replaced as a whole.

    Raises:
        Exception: An optimizer failed, and the graph is no longer of use.
    """
    optimizers = require("tf2onnx.optimizer", asked="converting to ONNX", extra="convert")
    iteration, changed = 0, True
    while changed:
        changed = False
        for factory in optimizers._get_optimizers().values():
            step = factory()
            step.opt_iteration = iteration
            graph = step._optimize(graph)
            _update(graph)
            changed = changed or step.graph_been_opt
        iteration += 1
    graph.topological_sort(graph.get_nodes())
    return graph


def _update(graph: Any) -> None:
    """Bring the protos of all nodes but the constants up to date, and drop what no output needs."""
    for node in graph.get_nodes():
        if not node.is_const():
            node.update_proto()
    graph.delete_unused_nodes(graph.outputs)
