"""Free sizes are fixed, and what they make constant is folded; what values decide is left as it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edgekit.formats.tflite.graph import operator_type
from edgekit.formats.tflite.passes.fixed_sizes import fix_sizes, signature_shapes
from edgekit.system.optional import tensorflow
from tests.formats.tflite.graphs import answer, converted


def types(loaded: Any) -> list[str]:
    return [operator_type(loaded, operator) for operator in loaded.subgraphs[0].operators]


def upsampling() -> Any:
    """Return a transposed convolution, whose output has as many samples as its input."""
    tf = tensorflow()
    kernel = tf.constant(np.random.default_rng(0).normal(size=(2, 2, 3, 3)).astype(np.float32))

    def call(x: Any) -> Any:
        return {"y": tf.nn.conv2d_transpose(x, kernel, tf.stack([tf.shape(x)[0], 8, 8, 3]), 2)}

    return converted(call, tf.TensorSpec([None, 4, 4, 3], name="x"))


@pytest.mark.parametrize("batch", [1, 3])
def test_what_a_fixed_batch_makes_constant_is_folded(batch: int) -> None:
    loaded = upsampling()
    values = np.random.default_rng(1).normal(size=(batch, 4, 4, 3)).astype(np.float32)
    expected = answer(loaded, values)
    assert {"SHAPE", "STRIDED_SLICE", "PACK"} <= set(types(loaded))
    fix_sizes(loaded, {"x": values.shape})
    assert types(loaded) == ["TRANSPOSE_CONV"]
    assert signature_shapes(loaded) == ({"x": (batch, 4, 4, 3)}, {"y": (batch, 8, 8, 3)})
    assert all(tensor.shapeSignature is None for tensor in loaded.subgraphs[0].tensors)
    np.testing.assert_allclose(answer(loaded, values), expected, atol=1e-6)


def test_what_only_sizes_were_read_of_goes() -> None:
    tf = tensorflow()
    loaded = converted(
        lambda x: {"y": x + tf.fill([tf.shape(tf.transpose(x))[1], 3], 2.0)}, tf.TensorSpec([None, 3], name="x")
    )
    assert {"TRANSPOSE", "FILL"} <= set(types(loaded))
    output = loaded.subgraphs[0].tensors[loaded.subgraphs[0].outputs[0]].name.decode()
    constant = fix_sizes(loaded, {"x": [2, 3]})
    assert types(loaded) == ["ADD"]
    assert constant
    assert output not in constant
    np.testing.assert_array_equal(answer(loaded, np.ones((2, 3), np.float32)), np.full((2, 3), 3, np.float32))


def test_the_file_of_a_graph_without_sizes_stays_but_for_its_batch() -> None:
    tf = tensorflow()
    loaded = converted(lambda x: tf.nn.relu(x + tf.ones([3])), tf.TensorSpec([None, 3], name="x"))
    operators, buffers = types(loaded), len(loaded.buffers)
    fix_sizes(loaded, {"x": [1, 3]})
    assert (types(loaded), len(loaded.buffers)) == (operators, buffers)
    assert signature_shapes(loaded)[0] == {"x": (1, 3)}


def test_what_values_decide_is_not_folded() -> None:
    """The twin: the number of positive values is a size, too, but no constant."""
    tf = tensorflow()

    def call(x: Any) -> Any:
        positive = tf.where(x[:, 0] > 0)
        return {"y": tf.cast(tf.shape(positive)[:1], tf.float32) + tf.cast(tf.shape(x)[1:], tf.float32)}

    loaded = converted(call, tf.TensorSpec([None, 3], name="x"))
    fix_sizes(loaded, {"x": [4, 3]})
    assert types(loaded).count("SHAPE") == 1
    assert "WHERE" in types(loaded)
    values = np.array([[1, 0, 0], [2, 0, 0], [-1, 0, 0], [3, 0, 0]], np.float32)
    np.testing.assert_array_equal(answer(loaded, values), [3 + 3])
