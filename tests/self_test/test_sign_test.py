"""The sign test rings for errors that grew, as seldom as it says for those that did not, and never for nothing."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from edgekit.self_test.sign_test import ALARM, ALIKE, alarms_by_chance, farther

NEAR = np.linspace(0.1, 1.0, 20)


def test_the_alarm_rings_as_seldom_as_it_says() -> None:
    """Two draws of the same quantization noise: neither is farther from the original."""
    rng = np.random.default_rng(0)
    rings = sum(farther(*(np.abs(rng.standard_normal((2, 80))) + 0.01))[1] < ALARM for _ in range(2000))
    assert rings <= stats.binom.isf(1e-3, 2000, ALARM)
    faulty = sum(farther(*(np.abs(rng.standard_normal((2, 80))) * [[3.0], [1.0]]))[1] < ALARM for _ in range(200))
    assert faulty > 190


def test_errors_that_grew_everywhere_are_no_chance() -> None:
    count, chance = farther(2 * NEAR, NEAR)
    assert count == 20
    assert chance == pytest.approx(0.5**20)
    assert farther(NEAR, 2 * NEAR) == (0, 1.0)  # nearer than before is no fault


def test_errors_that_are_alike_count_for_neither_side() -> None:
    almost, beyond = (ALIKE - 0.01) * NEAR, (ALIKE + 0.01) * NEAR
    assert farther(almost, NEAR) == (0, 1.0)
    assert farther(beyond, NEAR)[0] == 20


@pytest.mark.parametrize("count", [0, 1])
def test_too_few_samples_never_ring(count: int) -> None:
    assert farther(np.full(count, 9.0), np.ones(count))[1] > ALARM


def test_errors_that_are_not_numbers_count_for_neither_side() -> None:
    assert farther(np.array([np.nan, 2.0]), np.ones(2))[0] == 1


def test_more_alarms_than_allowed_come_once_in_a_thousand_times() -> None:
    allowed = alarms_by_chance(200, ALARM)
    assert stats.binom.sf(allowed, 200, ALARM) <= ALARM < stats.binom.sf(allowed - 1, 200, ALARM)
    assert alarms_by_chance(0, ALARM) == 0
    assert alarms_by_chance(200, 0.5) > allowed
