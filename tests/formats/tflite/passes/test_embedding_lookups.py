"""Gathers of rows become lookups that answer the same; other gathers stay."""

from __future__ import annotations

import numpy as np
import pytest

from edgekit.formats.tflite.graph import operator_type
from edgekit.formats.tflite.passes.embedding_lookups import use_embedding_lookups
from edgekit.system.optional import tensorflow
from tests.formats.tflite.graphs import answer, converted

TABLE = np.random.default_rng(0).normal(size=(7, 4)).astype(np.float32)


@pytest.mark.parametrize(
    ("shape", "ids", "kinds"),
    [
        ([None], [3, 0, 6], ["EMBEDDING_LOOKUP"]),
        ([None, 2], [[3, 0], [6, 6]], ["RESHAPE", "EMBEDDING_LOOKUP", "RESHAPE"]),
    ],
)
def test_rows_are_looked_up(shape: list[int | None], ids: list[int], kinds: list[str]) -> None:
    tf = tensorflow()
    loaded = converted(lambda x: tf.gather(tf.constant(TABLE), x), tf.TensorSpec(shape, tf.int32))
    before = answer(loaded, np.array(ids, np.int32))
    use_embedding_lookups(loaded)
    assert [operator_type(loaded, operator) for operator in loaded.subgraphs[0].operators] == kinds
    np.testing.assert_array_equal(answer(loaded, np.array(ids, np.int32)), before)


def test_columns_are_gathered_as_before() -> None:
    tf = tensorflow()
    loaded = converted(lambda x: tf.gather(tf.constant(TABLE), x, axis=1), tf.TensorSpec([2], tf.int32))
    use_embedding_lookups(loaded)
    assert [operator_type(loaded, operator) for operator in loaded.subgraphs[0].operators] == ["GATHER"]
