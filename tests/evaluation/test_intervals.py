"""Intervals hold what they promise: by closed forms, by exact probabilities and at their edges."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from edgekit.evaluation.gates import FAIL, PASS, Counts, drop_gate
from edgekit.evaluation.intervals import (
    mean_interval,
    median_interval,
    paired_drop_interval,
    samples_to_decide,
    wilson_interval,
)

Z95 = 1.959963984540054


def test_wilson_by_hand() -> None:
    """The closed form of Wilson (1927) for 8 of 10."""
    n, p, z = 10, 0.8, Z95
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    assert wilson_interval(8, 10, 0.95) == pytest.approx((centre - half, centre + half))


@pytest.mark.parametrize("samples", [10, 44, 1000])
def test_without_flips_the_drop_is_bounded_as_in_closed_form(samples: int) -> None:
    bound = Z95**2 / (samples + Z95**2)
    assert paired_drop_interval(0, 0, samples, 0.95) == pytest.approx((-bound, bound), abs=1e-6)


@given(st.integers(0, 20), st.integers(0, 20), st.integers(40, 500))
def test_swapping_the_sides_mirrors_the_interval(lost: int, won: int, samples: int) -> None:
    low, high = paired_drop_interval(lost, won, samples, 0.95)
    mirrored = paired_drop_interval(won, lost, samples, 0.95)
    assert mirrored == pytest.approx((-high, -low), abs=1e-6)
    assert low <= (lost - won) / samples <= high


def test_the_interval_covers_as_often_as_it_says() -> None:
    generator = np.random.default_rng(0)
    samples, lost, won = 80, 0.08, 0.03
    draws = generator.multinomial(samples, [lost, won, 1 - lost - won], size=2000)
    covers: dict[tuple[int, int], bool] = {}
    covered = 0
    for b, c, _ in draws.tolist():
        if (b, c) not in covers:
            low, high = paired_drop_interval(b, c, samples, 0.95)
            covers[b, c] = low <= lost - won <= high
        covered += covers[b, c]
    assert 0.93 <= covered / len(draws) <= 0.98


@pytest.mark.parametrize(("changed", "drop"), [(0.1, 0.0), (0.1, 0.05), (0.2, 0.05), (0.12, 0.1)])
def test_intervals_hold_what_they_promise(changed: float, drop: float) -> None:
    """Exactly, for 80 samples: each pair of counts with its probability, as a multinomial gives it."""
    samples, lost = 80, (changed + drop) / 2
    held = passed = failed = 0.0
    for first in range(45):
        for second in range(45):
            counts = [first, second, samples - first - second]
            chance = stats.multinomial.pmf(counts, samples, [lost, changed - lost, 1 - changed])
            if counts[2] < 0 or chance < 1e-6:
                continue
            low, high = paired_drop_interval(first, second, samples, 0.95)
            held += chance * (low <= drop <= high)
            counted = Counts(samples=samples, agree=0, both=0, lost=first, won=second)
            verdict = drop_gate(counted, max_drop=drop, confidence=0.95).verdict
            passed, failed = passed + chance * (verdict == PASS), failed + chance * (verdict == FAIL)
    assert held >= 0.94  # nominal 0.95; a score interval of few changes is a little off (Tango 1998, table II)
    assert max(passed, failed) <= 0.035  # nominal 0.025 on each side of a drop of exactly the limit


def test_the_number_of_samples_that_decides_is_the_smallest() -> None:
    needed = samples_to_decide(lambda n: paired_drop_interval(0, 0, n, 0.95), 0.02, 50)
    assert needed is not None
    assert paired_drop_interval(0, 0, needed, 0.95)[1] <= 0.02
    assert paired_drop_interval(0, 0, needed - 1, 0.95)[1] > 0.02
    assert samples_to_decide(lambda n: paired_drop_interval(0.02 * n, 0, n, 0.95), 0.02, 50) is None


@pytest.mark.parametrize("lost", [0, 1, 5])
def test_a_single_sample_or_all_lost_stay_within_bounds(lost: int) -> None:
    low, high = paired_drop_interval(lost, 0, max(lost, 1), 0.95)
    drop = lost / max(lost, 1)
    assert -1 <= low <= drop <= high + 1e-9 <= 1 + 1e-9  # at a drop of exactly one the score is 0 / 0
    assert low < high


def test_more_confidence_is_a_wider_interval() -> None:
    for interval in (wilson_interval(8, 10, 0.95), paired_drop_interval(3, 1, 50, 0.95)):
        assert interval[0] < interval[1]
    assert wilson_interval(8, 10, 0.99)[0] < wilson_interval(8, 10, 0.95)[0]
    assert paired_drop_interval(3, 1, 50, 0.99)[1] > paired_drop_interval(3, 1, 50, 0.95)[1]


def test_a_median_has_an_interval_from_six_values_on() -> None:
    values = np.arange(101.0)
    low, high = median_interval(values, 0.95) or (math.nan, math.nan)
    assert low < 50 < high
    assert median_interval(values[:5], 0.95) is None  # 2 / 2**5 is more than 5%
    assert median_interval(values[:6], 0.95) == (0, 5)


def test_a_mean_of_too_little_is_anywhere() -> None:
    anywhere = (-math.inf, math.inf)
    assert mean_interval(np.array([]), 0.95) == anywhere
    assert mean_interval(np.array([1.0]), 0.95) == anywhere
    assert mean_interval(np.array([1.0, math.nan]), 0.95) == anywhere
    assert mean_interval(np.array([1.0, math.inf]), 0.95) == anywhere


def test_a_mean_by_hand() -> None:
    low, high = mean_interval(np.array([1.0, 3.0]), 0.95)
    half = stats.t.ppf(0.975, 1)  # the standard error of two values 2 apart is 1
    assert (low, high) == pytest.approx((2 - half, 2 + half))
    assert mean_interval(np.zeros(9), 0.95) == (0, 0)
