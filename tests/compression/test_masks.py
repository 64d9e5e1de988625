"""Masks have exactly the zeros that were asked for, and they are the least important ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from edgekit.compression.masks import layer_adaptive_scores, masks_of
from edgekit.recipe.variants import Sparsity

Array = NDArray[np.float32]


def scores(*shape: int, seed: int = 0, times: float = 1.0) -> Array:
    """Return scores between one and two times ``times``."""
    return (times * (1 + np.random.default_rng(seed).random(shape))).astype(np.float32)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 99), st.integers(1, 40), st.integers(1, 40))
def test_the_share_is_exact_over_all_kernels(percent: int, rows: int, columns: int) -> None:
    given_scores = {"a": scores(rows, columns), "b": scores(3, 3, 4, columns, seed=1, times=5)}
    masks = masks_of(given_scores, Sparsity(percent=percent))
    total = sum(mask.size for mask in masks.values())
    zeros = sum(int((~mask).sum()) for mask in masks.values())
    protected = sum(max(1, round(0.1 * (1 - percent / 100) * mask.size)) for mask in masks.values())
    assert zeros == min(round(percent / 100 * total), total - protected)


def test_the_least_important_go_first_whatever_their_layer() -> None:
    masks = masks_of({"poor": scores(10, 10, times=0.01), "rich": scores(10, 10)}, Sparsity(percent=40))
    assert (~masks["poor"]).sum() == 80
    assert (~masks["rich"]).sum() == 0


def test_no_layer_falls_silent() -> None:
    masks = masks_of({"poor": scores(10, 10, times=1e-9), "rich": scores(10, 10)}, Sparsity(percent=60))
    assert masks["poor"].sum() == 4  # a tenth of its even share


def test_two_of_four_along_the_channels_that_go_in() -> None:
    values = scores(3, 3, 8, 5)
    mask = masks_of({"k": values}, Sparsity(zeros=2, of=4))["k"]
    groups = np.moveaxis(mask, -2, -1).reshape(-1, 4)
    assert (groups.sum(axis=1) == 2).all()
    kept = np.moveaxis(np.where(mask, values, np.nan), -2, -1).reshape(-1, 4)
    gone = np.moveaxis(np.where(mask, np.nan, values), -2, -1).reshape(-1, 4)
    assert (np.nanmin(kept, axis=1) >= np.nanmax(gone, axis=1)).all()


def test_what_is_left_of_an_axis_that_does_not_divide_stays() -> None:
    mask = masks_of({"k": scores(6, 3)}, Sparsity(zeros=2, of=4))["k"]
    assert mask[4:].all()
    assert (mask[:4].sum(axis=0) == 2).all()


def test_blocks_are_zero_together() -> None:
    mask = masks_of({"k": scores(16, 6)}, Sparsity(percent=50, block=4))["k"]
    blocks = mask.T.reshape(-1, 4)
    assert set(blocks.sum(axis=1)) == {0, 4}
    assert mask.mean() == 0.5


def test_layer_adaptive_scores_follow_the_formula() -> None:
    found = layer_adaptive_scores(np.array([[1.0, -2.0], [3.0, 0.0]], np.float32))
    np.testing.assert_allclose(found, [[1 / 14, 4 / 13], [1.0, 0.0]])


@pytest.mark.parametrize("share", [0.0, 0.25, 0.5])
def test_a_schedule_may_ask_for_less(share: float) -> None:
    mask = masks_of({"k": scores(16, 16)}, Sparsity(percent=50), share)["k"]
    assert (~mask).mean() == share
