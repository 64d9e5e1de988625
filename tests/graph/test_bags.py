"""Bags of embeddings as a gather and a product of matrices: TensorFlow's own sums."""

from __future__ import annotations

import numpy as np
import pytest

from edgekit.errors import ConversionError
from edgekit.graph.bags import bag_ports, embedding_bag
from edgekit.system.optional import tensorflow


def test_a_bag_is_a_weighted_sum_of_rows() -> None:
    tf = tensorflow()
    table = np.arange(12, dtype=np.float32).reshape(4, 3)
    graph = tf.Graph()
    with graph.as_default():
        indices, segments = tf.constant([1, 3, 0]), tf.constant([0, 0, 1])
        op = tf.raw_ops.SparseSegmentMean(data=tf.constant(table), indices=indices, segment_ids=segments).op
        ids, weights = tf.constant([[1, 3], [0, 0]]), tf.constant([[[0.5, 0.5]], [[1.0, 0.0]]])
        total = embedding_bag(op, dict(zip(bag_ports(op), (ids, weights), strict=True)))
        with tf.compat.v1.Session(graph=graph) as session:
            ours, theirs = session.run([total, op.outputs[0]])
            wrong = session.run(total, {weights: [[[1.0, 1.0]], [[1.0, 0.0]]]})
    np.testing.assert_allclose(ours, theirs)
    assert not np.allclose(wrong, theirs)


def test_rows_that_are_no_vectors_are_refused() -> None:
    tf = tensorflow()
    with tf.Graph().as_default():
        table = tf.constant(np.zeros([4, 3, 2], np.float32))
        op = tf.raw_ops.SparseSegmentSum(data=table, indices=[0], segment_ids=[0]).op
        with pytest.raises(ConversionError, match="only vectors work"):
            embedding_bag(op, {})
