"""Faults change what a model is fed, in both layouts, and say where they do not apply."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edgekit.contract.contract import InputSpec
from edgekit.data.photos.faults import (
    other_filter,
    other_order,
    other_range,
    reversed_colours,
    scaled_twice,
    transposed,
)
from edgekit.data.photos.settings import settings_of

BATCH = np.random.default_rng(0).random((2, 8, 8, 3)).astype(np.float32)


def photo(*shape: int | None, **settings: Any) -> InputSpec:
    return InputSpec.of("image", name="x", dtype="float32", shape=shape, key="x", **settings)


def test_a_fault_is_the_same_in_both_layouts() -> None:
    last, first = photo(None, 8, 8, 3), photo(None, 3, 8, 8, layout="NCHW")
    for fault in (reversed_colours, transposed):
        expected, values = fault(last, BATCH), fault(first, np.moveaxis(BATCH, -1, 1))
        assert expected is not None
        assert values is not None
        assert not np.array_equal(expected, BATCH)
        np.testing.assert_array_equal(np.moveaxis(values, 1, -1), expected)


@pytest.mark.parametrize("shape", [(None, 8, 8, 1), (None, 8, 9, 1)])
def test_what_does_not_apply(shape: tuple[int | None, ...]) -> None:
    grey = photo(*shape)
    assert other_order(grey) is None
    assert other_range(grey) is None
    assert reversed_colours(grey, BATCH[..., :1]) is None
    assert transposed(photo(None, 8, 4, 3), BATCH[:, :, :4]) is None
    assert scaled_twice(grey, np.zeros((1, 8, 8, 1), np.uint8)) is None


def test_contracts_that_err() -> None:
    spec = photo(None, 8, 8, 3, range=[0.0, 1.0], resize="nearest")
    ranged, ordered = other_range(spec), other_order(spec)
    assert ranged is not None
    assert ordered is not None
    assert (settings_of(ranged).range, settings_of(ordered).channels) == ((-1.0, 1.0), "BGR")
    assert settings_of(other_filter(spec)).resize == "bilinear"
    scaled = scaled_twice(spec, BATCH)
    assert scaled is not None
    np.testing.assert_allclose(scaled, BATCH / 255, rtol=1e-6)
