"""tf2onnx's optimizers without copies make the file that its own loop makes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tf2onnx.optimizer
import tf2onnx.utils
from tf2onnx import tfonnx

from edgekit.formats.onnx.canonical import canonicalize
from edgekit.formats.onnx.optimization import optimized
from edgekit.system.optional import tensorflow


def parsed() -> Any:
    """Return a convolution with a bias and a pooling, as tf2onnx reads it: channels last, with transposes."""
    tf = tensorflow()
    kernel = np.random.default_rng(0).normal(size=(3, 3, 2, 4)).astype(np.float32)
    with tf.Graph().as_default() as graph:
        x = tf.compat.v1.placeholder(tf.float32, [None, 8, 8, 2], name="x")
        layer = tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(x, kernel, 1, "SAME"), np.ones(4, np.float32)))
        tf.identity(tf.nn.max_pool2d(layer, 2, 2, "VALID"), name="y")
        tf2onnx.utils.INTERNAL_NAME = 1  # it numbers names by process
        return tfonnx.process_tf_graph(graph, opset=17, input_names=["x:0"], output_names=["y:0"])


def canonical(graph: Any) -> Any:
    model = graph.make_model("test")
    canonicalize(model.graph)
    return model.graph


def test_the_file_is_that_of_its_own_loop() -> None:
    graph, stock = canonical(optimized(parsed())), canonical(tf2onnx.optimizer.optimize_graph(parsed()))
    assert graph == stock
    assert graph != canonical(parsed())
    assert [node.op_type for node in graph.node].count("Transpose") == 2


def test_an_optimizer_that_fails_is_not_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: object, graph: object) -> None:
        raise ValueError("damaged")

    monkeypatch.setattr(tf2onnx.optimizer.ConstFoldOptimizer, "_optimize", fail)
    with pytest.raises(ValueError, match="damaged"):
        optimized(parsed())
