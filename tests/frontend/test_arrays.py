"""Ops on arrays, signals and ragged rows against TensorFlow's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from edgekit.errors import FrontEndError
from edgekit.frontend.registry import OPS


@pytest.fixture(scope="module")
def tf() -> Any:
    from edgekit.system.optional import tensorflow

    return tensorflow()


X = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
I = np.array([[2, 0], [1, 1]], np.int32)  # noqa: E741
CASES: list[tuple[str, dict[str, Any], list[Any], Callable[[Any], Any]]] = [
    (
        "StridedSlice",
        {"begin_mask": 1, "end_mask": 2, "shrink_axis_mask": 4},
        [X, np.array([0, 1, 2]), np.array([1, 0, 3]), np.array([1, 1, 1])],
        lambda tf: X[:1, 1:, 2],
    ),
    (
        "StridedSlice",
        {"ellipsis_mask": 1, "new_axis_mask": 2},
        [X, np.array([0, 0, 1]), np.array([0, 0, 4]), np.array([1, 1, 2])],
        lambda tf: X[..., None, 1:4:2],
    ),
    ("GatherV2", {"batch_dims": 0}, [X, I, np.int32(1)], lambda tf: tf.gather(X, I, axis=1).numpy()),
    ("GatherNd", {}, [X, np.array([[0, 2], [1, 0]])], lambda tf: tf.gather_nd(X, [[0, 2], [1, 0]]).numpy()),
    ("Unique", {"out_idx": "int32"}, [np.array([5, 3, 5, 9, 3])], lambda tf: tf.unique([5, 3, 5, 9, 3])),
    ("SplitV", {}, [X, np.array([1, -1]), np.int32(2)], lambda tf: tf.split(X, [1, 3], 2)),
    ("Split", {"num_split": 2}, [np.int32(2), X], lambda tf: tf.split(X, 2, 2)),
    ("Unpack", {"axis": 1, "num": 3}, [X], lambda tf: tf.unstack(X, axis=1)),
    ("Pack", {"axis": -1}, [X, X], lambda tf: tf.stack([X, X], -1).numpy()),
    (
        "Cumsum",
        {"exclusive": True, "reverse": True},
        [X, np.int32(1)],
        lambda tf: tf.cumsum(X, 1, exclusive=True, reverse=True).numpy(),
    ),
    (
        "OneHot",
        {"axis": -1},
        [I, np.int32(3), np.float32(2), np.float32(-1)],
        lambda tf: tf.one_hot(I, 3, 2.0, -1.0).numpy(),
    ),
    (
        "Slice",
        {},
        [X, np.array([0, 1, 0]), np.array([1, -1, 2])],
        lambda tf: tf.slice(X, [0, 1, 0], [1, -1, 2]).numpy(),
    ),
    (
        "MirrorPad",
        {"mode": "REFLECT"},
        [X, np.array([[0, 0], [1, 1], [2, 2]])],
        lambda tf: tf.pad(X, [[0, 0], [1, 1], [2, 2]], "REFLECT").numpy(),
    ),
    ("Max", {"keep_dims": True}, [X, np.array([0, 2])], lambda tf: tf.reduce_max(X, [0, 2], keepdims=True).numpy()),
    ("Max", {}, [np.zeros(0, np.int32), np.array([0])], lambda tf: tf.reduce_max(tf.zeros([0], tf.int32)).numpy()),
    ("Min", {}, [np.zeros([0, 2], np.float32), np.int32(0)], lambda tf: tf.reduce_min(tf.zeros([0, 2]), 0).numpy()),
    ("MatMul", {"transpose_b": True}, [X[0], X[1]], lambda tf: tf.matmul(X[0], X[1], transpose_b=True).numpy()),
    ("Cast", {"DstT": "int32"}, [np.array([1.9, -1.9], np.float32)], lambda tf: np.array([1, -1])),
    ("FloorMod", {}, [np.array([-7, 7]), np.array([3, -3])], lambda tf: tf.math.floormod([-7, 7], [3, -3]).numpy()),
    (
        "DenseBincount",
        {},
        [np.array([1, 1, 3, 9]), np.int32(4), np.zeros(0, np.int64)],
        lambda tf: np.array([0, 2, 0, 1]),
    ),
    (
        "DenseBincount",
        {},
        [I, np.int32(2), np.array([[1.0, 2.0], [3.0, 4.0]], np.float32)],
        lambda tf: tf.math.bincount(I, [[1.0, 2.0], [3.0, 4.0]], minlength=2, maxlength=2, axis=-1).numpy(),
    ),
    (
        "DenseBincount",
        {"binary_output": True},
        [I, np.int32(4), np.zeros(0, np.float32)],
        lambda tf: tf.math.bincount(I, minlength=4, maxlength=4, axis=-1, binary_output=True).numpy(),
    ),
    (
        "SparseReshape",
        {},
        [np.array([[0, 0], [2, 1]]), np.array([3, 4]), np.array([2, -1])],
        lambda tf: tf.raw_ops.SparseReshape(input_indices=[[0, 0], [2, 1]], input_shape=[3, 4], new_shape=[2, -1]),
    ),
    (
        "SparseReshape",
        {},
        [np.zeros([0, 2], np.int64), np.array([0, 4]), np.array([-1, 4])],
        lambda tf: tf.raw_ops.SparseReshape(
            input_indices=np.zeros([0, 2], np.int64), input_shape=[0, 4], new_shape=[-1, 4]
        ),
    ),
    ("Where", {}, [X > 20], lambda tf: tf.where(X > 20).numpy()),
    ("Rsqrt", {}, [X + 1], lambda tf: tf.math.rsqrt(X + 1).numpy()),
    (
        "SparseToDense",
        {},
        [np.array([[0, 1]]), np.array([2, 2]), np.array([5]), np.int64(0)],
        lambda tf: np.array([[0, 5], [0, 0]]),
    ),
]


@pytest.mark.parametrize(("name", "attrs", "inputs", "expected"), CASES, ids=[case[0] for case in CASES])
def test_an_op_is_tensorflows(tf: Any, name: str, attrs: Any, inputs: list[Any], expected: Any) -> None:
    found, wanted = OPS[name](attrs)(*inputs), expected(tf)
    if not isinstance(found, tuple):
        found, wanted = (found,), (wanted,)
    for mine, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(mine, np.asarray(other), rtol=1e-6)


def test_attributes_that_are_not_honoured_are_refused() -> None:
    with pytest.raises(FrontEndError, match="batch_dims = 1 is not supported"):
        OPS["GatherV2"]({"batch_dims": 1})
    with pytest.raises(FrontEndError, match="bfloat16"):
        OPS["Cast"]({"DstT": "bfloat16"})
