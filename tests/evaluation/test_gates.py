"""Gates: what counts become, and that no verdict rests on a value alone."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

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
from edgekit.evaluation.right_answers import score_counts


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


def test_false_passes_and_false_alarms_by_simulation() -> None:
    """1,000 data sets of 400 samples for each true drop, a limit of 0.05 at 95%."""
    rng, samples, limit = np.random.default_rng(0), 400, 0.05
    rates: dict[float, dict[str, float]] = {}
    verdict_of: dict[tuple[int, int], str] = {}
    for drop in (0.0, limit - 0.01, limit, limit + 0.01, 0.15):
        lost, won = (0.06 + drop), 0.06
        verdicts = []
        for first, second, _ in rng.multinomial(samples, [lost, won, 1 - lost - won], 1000).tolist():
            if (first, second) not in verdict_of:
                counts = Counts(samples=samples, agree=0, lost=first, won=second)
                verdict_of[first, second] = drop_gate(counts, max_drop=limit, confidence=0.95).verdict
            verdicts.append(verdict_of[first, second])
        rates[drop] = {verdict: verdicts.count(verdict) / 1000 for verdict in (PASS, FAIL)}
    most = stats.binom.isf(1e-3, 1000, 0.025) / 1000
    assert rates[limit][PASS] <= most
    assert rates[limit][FAIL] <= most
    assert rates[limit + 0.01][PASS] <= most
    assert rates[limit - 0.01][FAIL] <= most
    assert rates[0.0][PASS] > 0.5
    assert rates[0.15][FAIL] > 0.95
