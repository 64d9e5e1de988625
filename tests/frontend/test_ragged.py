"""Ragged rows and bags of embeddings against TensorFlow's own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgekit.frontend.registry import OPS


@pytest.fixture(scope="module")
def tf() -> Any:
    from edgekit.system.optional import tensorflow

    return tensorflow()


rows = st.lists(st.integers(0, 4), min_size=1, max_size=6)
"""Lengths of ragged rows, empty ones among them."""


@settings(max_examples=60, deadline=None)
@given(lengths=rows)
def test_ragged_rows(tf: Any, lengths: list[int]) -> None:
    splits = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    values = np.arange(splits[-1]).astype(np.int64) + 10
    sparse = OPS["RaggedTensorToSparse"]({"RAGGED_RANK": 1})(splits, values)
    theirs = tf.raw_ops.RaggedTensorToSparse(rt_nested_splits=[splits], rt_dense_values=values)
    for ours, other in zip(sparse, theirs, strict=True):
        np.testing.assert_array_equal(ours, other.numpy())
    filled = OPS["SparseFillEmptyRows"]({})(*sparse, np.int64(7))
    expected = tf.raw_ops.SparseFillEmptyRows(
        indices=sparse[0], values=sparse[1], dense_shape=sparse[2], default_value=np.int64(7)
    )
    for ours, other in zip(filled, expected, strict=True):
        np.testing.assert_array_equal(ours, other.numpy())
    for shape in ([-1, -1], [-1, 3], [len(lengths), 2]):
        dense = OPS["RaggedTensorToTensor"]({"row_partition_types": ["ROW_SPLITS"]})(shape, values, 0, splits)
        whole = tf.raw_ops.RaggedTensorToTensor(
            shape=np.array(shape, np.int64),
            values=values,
            default_value=np.int64(0),
            row_partition_tensors=[splits],
            row_partition_types=["ROW_SPLITS"],
        )
        np.testing.assert_array_equal(dense, whole.numpy())


@settings(max_examples=60, deadline=None)
@given(lengths=rows, combiner=st.sampled_from(["sum", "mean", "sqrtn"]))
def test_bags_of_embeddings(tf: Any, lengths: list[int], combiner: str) -> None:
    lengths = [*lengths, 1]  # TensorFlow's op gives as many rows as the last one's number says
    segments = np.repeat(np.arange(len(lengths)), lengths).astype(np.int32)
    ids = np.random.default_rng(len(segments)).integers(0, 9, len(segments))
    table = np.random.default_rng(1).normal(size=[9, 3]).astype(np.float32)
    padded, weights = OPS["EmbeddingBagIds"]({"combiner": combiner})(ids, segments)
    op = {"sum": "SparseSegmentSum", "mean": "SparseSegmentMean", "sqrtn": "SparseSegmentSqrtN"}[combiner]
    expected = getattr(tf.raw_ops, op)(data=table, indices=ids, segment_ids=segments).numpy()
    np.testing.assert_allclose((weights @ table[padded])[:, 0], expected, rtol=1e-5, atol=1e-6)
