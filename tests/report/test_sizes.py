"""Labels of the chart of sizes lie apart, in order, and as near to their marks as that allows."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from edgekit.report.sizes import spread

GAP, LOW, HIGH = 10.0, 0.0, 300.0


@given(st.lists(st.floats(LOW, HIGH), max_size=20), st.floats(0, GAP))
def test_they_lie_apart_and_in_order(heights: list[float], gap: float) -> None:
    moved = spread(heights, gap=gap, low=LOW, high=HIGH)
    levels = [level for _, level in sorted(zip(heights, moved, strict=True))]
    assert all(above - below >= gap - 1e-6 for below, above in itertools.pairwise(levels))
    assert all(LOW - 1e-6 <= level <= HIGH + 1e-6 for level in levels)


def test_what_lies_apart_already_stays() -> None:
    assert spread([250.0, 20.0, 100.0], gap=GAP, low=LOW, high=HIGH) == [250.0, 20.0, 100.0]


def test_two_in_one_place_move_equally() -> None:
    assert sorted(spread([100.0, 100.0], gap=GAP, low=LOW, high=HIGH)) == [95.0, 105.0]


def test_nothing_is_nothing() -> None:
    assert spread([], gap=GAP, low=LOW, high=HIGH) == []
