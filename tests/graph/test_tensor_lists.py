"""Lists of tensors are told from other variants, through the loops that they go round in."""

from __future__ import annotations

from edgekit.graph.tensor_lists import holds_list
from edgekit.system.optional import tensorflow
from tests.graph.graphs import steps_graph


def test_a_list_is_told_through_a_loop() -> None:
    loops = [op for op in steps_graph().get_operations() if op.type.endswith("While")]
    variants = [tensor for op in loops for tensor in op.outputs if tensor.dtype.name == "variant"]
    assert variants
    assert all(holds_list(tensor) for tensor in variants)


def test_a_ragged_tensor_is_none() -> None:
    tf = tensorflow()
    with tf.Graph().as_default():
        values = tf.compat.v1.placeholder(tf.float32, [4])
        ragged = tf.RaggedTensor.from_row_lengths(values, [1, 3])
        variant = tf.raw_ops.RaggedTensorToVariant(
            rt_nested_splits=[ragged.row_splits], rt_dense_values=values, batched_input=False
        )
    assert not holds_list(variant)
