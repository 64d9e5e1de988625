"""Tensors: taken as they are, with nothing known but the range of random ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edgekit.contract.contract import InputSpec
from edgekit.contract.medium import TEXTS
from edgekit.data.media.tensor import MEDIUM
from edgekit.errors import DataError, ModuleError


def tensor(**settings: Any) -> InputSpec:
    return InputSpec.of("tensor", name="x", dtype="float32", shape=(None, 7), key="x", **settings)


def test_random_inputs_lie_in_the_range_that_is_said() -> None:
    assert MEDIUM.values(tensor()) == (0.0, 1.0)
    assert MEDIUM.values(tensor(range=(-3.0, 5.0))) == (-3.0, 5.0)
    with pytest.raises(AssertionError, match="x is no tensor"):
        MEDIUM.values(tensor().of_medium("audio"))


@pytest.mark.parametrize("limits", [[1.0, 0.0], [0.0, 0.0], [0.0], [0.0, float("inf")], [float("nan"), 1.0], "wide"])
def test_a_range_in_no_order_is_refused(limits: Any) -> None:
    with pytest.raises(ModuleError, match="its range is"):
        tensor(range=limits)


def test_an_array_is_taken_as_it_is_of_any_type_and_shape() -> None:
    batch = np.array([[np.nan, 1.0]])
    assert MEDIUM.finish(batch, tensor()) is batch
    assert MEDIUM.fits("int32", ())
    assert MEDIUM.fits("complex64", (None, 1, 2, 3, 4))
    assert not MEDIUM.is_raw(np.dtype(np.uint8), (2, 8, 8, 3))
    assert MEDIUM.refusal(tensor(), np.dtype(np.int64)) is None


def test_it_takes_no_texts_and_no_files(tmp_path: Any) -> None:
    assert MEDIUM.source != TEXTS
    with pytest.raises(DataError, match="'x' takes arrays, and no texts"):
        MEDIUM.of_texts(["a"], tensor())
    with pytest.raises(DataError, match="arrays do not come in files"):
        MEDIUM.load(tmp_path / "x.npy", tensor())
