"""Layouts: an array is turned where it fits only so, and else stays."""

from __future__ import annotations

import numpy as np
import pytest

from edgekit.contract.layout import fits, in_layout, turned
from edgekit.contract.shape import Shape

NHWC, NCHW = (None, 8, 6, 3), (None, 3, 8, 6)


@pytest.mark.parametrize(
    ("shape", "other", "order"),
    [
        (NHWC, NCHW, (0, 3, 1, 2)),
        (NCHW, NHWC, (0, 2, 3, 1)),
        (NHWC, NHWC, None),
        ((None, 3, 3, 3), (None, 3, 3, 3), None),
        (NHWC, (None, 3, None, None), (0, 3, 1, 2)),
        (NHWC, (None, 6, 8, 3), None),  # height and width are never swapped
        ((None, 4, 8, 6, 3), (None, 3, 4, 8, 6), (0, 4, 1, 2, 3)),
        ((None, 6, 3), (None, 3, 6), None),  # a spectrum
        ((None, 3), NCHW, None),
    ],
)
def test_channels_are_turned_where_only_that_fits(shape: Shape, other: Shape, order: tuple[int, ...] | None) -> None:
    assert turned(shape, other) == order


def test_free_sizes_and_the_batch_fit_any() -> None:
    assert fits((1, None, 2), (None, 5, 2))
    assert not fits((1, None, 2), (1, 5, 3))
    assert not fits((1, 2), (1, 2, 1))


def test_there_and_back_is_the_same() -> None:
    batch = np.arange(2 * 8 * 6 * 3).reshape(2, 8, 6, 3)
    there = in_layout(batch, NCHW)
    assert there.shape == (2, 3, 8, 6)
    assert there[1, 2, 7, 5] == batch[1, 7, 5, 2]
    np.testing.assert_array_equal(in_layout(there, NHWC), batch)
    assert in_layout(batch, (None, 7, 7, 7)) is batch
