from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgekit.evaluation.gates import (
    FAIL,
    INCONCLUSIVE,
    PASS,
    Counts,
    agreement_gate,
    contract_gate,
    drop_gate,
    finite_gate,
    overall,
    probability_gate,
)
from edgekit.evaluation.intervals import paired_drop_interval, samples_to_decide, wilson_interval
from edgekit.evaluation.right_answers import score_counts

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
    found: dict[tuple[int, int], bool] = {}
    covered = 0
    for b, c, _ in draws.tolist():
        if (b, c) not in found:
            low, high = paired_drop_interval(b, c, samples, 0.95)
            found[b, c] = low <= lost - won <= high
        covered += found[b, c]
    assert 0.93 <= covered / len(draws) <= 0.98


def test_the_number_of_samples_that_decides_is_the_smallest() -> None:
    needed = samples_to_decide(lambda n: paired_drop_interval(0, 0, n, 0.95), 0.02, 50)
    assert needed is not None
    assert paired_drop_interval(0, 0, needed, 0.95)[1] <= 0.02
    assert paired_drop_interval(0, 0, needed - 1, 0.95)[1] > 0.02
    assert samples_to_decide(lambda n: paired_drop_interval(0.02 * n, 0, n, 0.95), 0.02, 50) is None


@pytest.mark.parametrize(
    ("lost", "won", "verdict"), [(0, 0, PASS), (2, 2, PASS), (150, 0, FAIL), (20, 0, INCONCLUSIVE)]
)
def test_verdicts_of_a_drop(lost: int, won: int, verdict: str) -> None:
    counts = Counts(samples=1000, agree=1000 - lost - won, both=800, lost=lost, won=won)
    gate = drop_gate(counts, max_drop=0.02, confidence=0.95)
    assert gate.verdict == verdict
    assert gate.value == pytest.approx((lost - won) / 1000)


def test_a_verdict_never_rests_on_the_value_alone() -> None:
    counts = Counts(samples=30, agree=30, both=30)
    gate = drop_gate(counts, max_drop=0.02, confidence=0.95)
    assert gate.value == 0
    assert gate.verdict == INCONCLUSIVE
    assert gate.needed_samples == 189


def test_agreement_without_labels() -> None:
    assert agreement_gate(Counts(samples=1000, agree=1000), max_drop=0.02, confidence=0.95).verdict == PASS
    assert agreement_gate(Counts(samples=1000, agree=800), max_drop=0.02, confidence=0.95).verdict == FAIL
    few = agreement_gate(Counts(samples=20, agree=20), max_drop=0.02, confidence=0.95)
    assert few.verdict == INCONCLUSIVE
    assert few.needed_samples is not None
    scores = score_counts("agreement", Counts(samples=20, agree=20), "probabilities", 0.95, scored=False)
    assert scores.drop is None


def test_a_single_nan_fails() -> None:
    assert finite_gate(1, 10_000).verdict == FAIL
    assert finite_gate(0, 10_000).verdict == PASS
    assert overall([finite_gate(0, 1), finite_gate(1, 1)]) == FAIL
    assert overall([]) == INCONCLUSIVE


def test_a_message_says_what_a_verdict_rests_on() -> None:
    few = drop_gate(Counts(samples=30, agree=30, both=30), max_drop=0.02, confidence=0.95)
    assert few.message.startswith("accuracy drop +0.000, interval [-0.114, +0.114], limit 0.02, 30 samples; about 189")
    assert contract_gate(["x: range"]).message.endswith("than the original: x: range")
    assert probability_gate(2, 10).message.startswith("scores that are no probabilities in 2 of 10 samples")
    assert finite_gate(1, 10).message == "NaN or infinite values in the outputs of 1 of 10 samples"
