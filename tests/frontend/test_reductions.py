"""Reductions and counts against TensorFlow's own, of nothing at all too."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edgekit.frontend.registry import OPS
from edgekit.system.optional import tensorflow

X = np.array([[3, 1, 2], [-4, 0, 5]], np.float32)


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize("axes", [0, [1], [0, 1]])
@pytest.mark.parametrize("name", ["Sum", "Prod", "Max", "Min", "Mean"])
@pytest.mark.parametrize("x", [X, X.astype(np.int32), np.zeros([2, 0], np.float32)], ids=["float", "int", "nothing"])
@pytest.mark.filterwarnings("ignore:Mean of empty slice", "ignore:invalid value")
def test_a_reduction_is_tensorflows(name: str, axes: Any, keep: bool, x: Any) -> None:
    ours = OPS[name]({"keep_dims": keep})(x, np.array(axes, np.int32))
    theirs = getattr(tensorflow().raw_ops, name)(input=x, axis=axes, keep_dims=keep).numpy()
    assert ours.dtype == theirs.dtype
    np.testing.assert_array_equal(ours, theirs)


def test_another_reduction_is_told_apart() -> None:
    """The test above can fail."""
    assert OPS["Max"]({})(X, np.array([1])).tolist() != OPS["Min"]({})(X, np.array([1])).tolist()


@pytest.mark.parametrize("reverse", [True, False])
@pytest.mark.parametrize("exclusive", [True, False])
def test_a_running_sum_is_tensorflows(exclusive: bool, reverse: bool) -> None:
    ours = OPS["Cumsum"]({"exclusive": exclusive, "reverse": reverse})(X, np.int32(1))
    theirs = tensorflow().raw_ops.Cumsum(x=X, axis=1, exclusive=exclusive, reverse=reverse).numpy()
    np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("binary", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
def test_counts_are_tensorflows(weighted: bool, binary: bool) -> None:
    values = np.array([[1, 3, 1], [0, 5, 2]], np.int32)  # 5 is beyond the size, and left out
    weights = np.array([[0.5, 1, 2], [3, 4, 5]], np.float32) if weighted and not binary else np.zeros([0], np.float32)
    ours = OPS["DenseBincount"]({"binary_output": binary})(values, np.int32(4), weights)
    theirs = tensorflow().raw_ops.DenseBincount(input=values, size=4, weights=weights, binary_output=binary).numpy()
    np.testing.assert_array_equal(ours, theirs)


def test_the_place_of_the_largest_is_tensorflows() -> None:
    ours = OPS["ArgMax"]({"output_type": "int32"})(X, np.int32(1))
    assert ours.tolist() == tensorflow().argmax(X, 1).numpy().tolist()
    assert ours.dtype == np.int32
