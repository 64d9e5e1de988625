"""A graph whose sizes are fixed has no ranges of what became constant, and none that are zero."""

from __future__ import annotations

from typing import Any

import numpy as np

from edgekit.formats.tflite.graph import operator_type
from edgekit.formats.tflite.preparation import prepare
from edgekit.quantization.precision import precision
from edgekit.system.optional import tensorflow
from tests.formats.tflite.graphs import converted


def state() -> Any:
    """Return a product that begins with a state of zeros, of as many samples as the input."""
    tf = tensorflow()
    kernel = tf.constant(np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32))

    def call(x: Any) -> Any:
        first, second = tf.split(tf.fill([tf.shape(x)[0], 3], 0.0) @ kernel + 0.5, [2, 2], axis=1)
        return {"y": x[:, :2] * first + second}

    return converted(call, tf.TensorSpec([None, 3], name="x"))


def ranges_of(loaded: Any) -> Any:
    """Return ranges as the quantizer's calibration of that graph has them, of three axes where products are."""
    graph, ranges = loaded.subgraphs[0], dict[str, Any]()
    for operator in graph.operators:
        for index in (int(index) for index in (*operator.inputs, *operator.outputs)):
            tensor = graph.tensors[index]
            if tensor.type == 0 and loaded.buffers[tensor.buffer].data is None:
                span = 0.0 if operator_type(loaded, operator) == "FILL" else 1.0
                ranges.setdefault(tensor.name.decode(), {"min": np.zeros((1, 1, 1)), "max": np.full((1, 1, 1), span)})
    return ranges


def test_free_sizes_keep_their_ranges_and_zeros_get_one() -> None:
    loaded = state()
    ranges = ranges_of(loaded)
    names = set(ranges)
    assert any(not bounds["max"].any() for bounds in ranges.values())
    prepare(loaded, precision("int8"), ranges, None)
    assert set(ranges) == names
    assert all(bounds["max"].any() for bounds in ranges.values())


def test_what_becomes_constant_has_no_range() -> None:
    loaded = state()
    ranges = ranges_of(loaded)
    prepare(loaded, precision("int8"), ranges, {"x": (2, 3)})
    graph = loaded.subgraphs[0]
    constants = [tensor.name.decode() for tensor in graph.tensors if loaded.buffers[tensor.buffer].data is not None]
    assert ranges
    assert not ranges.keys() & set(constants)
