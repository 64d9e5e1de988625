"""Verdicts: what counts of right and wrong answers say about a limit, with intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from edgekit.intervals import Interval, paired_drop_interval, samples_to_decide, wilson_interval

PASS, FAIL, INCONCLUSIVE = "pass", "fail", "inconclusive"


@dataclass(frozen=True, kw_only=True)
class Counts:
    """How often original and artifact were right, and gave the same answer.

    Attributes:
        samples: Number of samples.
        both: Samples that both got right.
        lost: Samples that only the original got right.
        won: Samples that only the artifact got right.
        agree: Samples with the same answer, right or wrong.
        labelled: Whether right and wrong are known; without labels only ``agree`` counts.
    """

    samples: int
    agree: int
    both: int = 0
    lost: int = 0
    won: int = 0
    labelled: bool = True


@dataclass(frozen=True, kw_only=True)
class Gate:
    """A limit and what was measured against it."""

    name: str
    limit: float
    value: float
    interval: Interval
    verdict: str
    needed_samples: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the gate as JSON values."""
        return {
            "name": self.name,
            "limit": self.limit,
            "value": self.value,
            "interval": list(self.interval),
            "verdict": self.verdict,
        }


def drop_gate(counts: Counts, *, max_drop: float, confidence: float) -> Gate:
    """Judge the paired drop of a score; a drop of exactly the limit is within it."""

    def at(samples: float) -> Interval:
        share = samples / counts.samples
        return paired_drop_interval(counts.lost * share, counts.won * share, samples, confidence)

    interval = at(counts.samples)
    low, high = interval
    verdict = PASS if high <= max_drop else FAIL if low > max_drop else INCONCLUSIVE
    return Gate(
        name="accuracy drop",
        limit=max_drop,
        value=(counts.lost - counts.won) / counts.samples,
        interval=interval,
        verdict=verdict,
        needed_samples=samples_to_decide(at, max_drop, counts.samples) if verdict == INCONCLUSIVE else None,
    )


def agreement_gate(counts: Counts, *, max_drop: float, confidence: float) -> Gate:
    """Judge agreement where there are no labels.

    A score cannot drop by more than the share of answers that differ; so agreement of at least ``1 - max_drop`` is
    sufficient for the same limit, though not necessary.
    """
    limit = 1 - max_drop

    def at(samples: float) -> Interval:
        agree = round(counts.agree * samples / counts.samples)
        return wilson_interval(agree, round(samples), confidence)

    def disagreement(samples: float) -> Interval:
        low, high = at(samples)
        return 1 - high, 1 - low

    interval = at(counts.samples)
    verdict = PASS if interval[0] >= limit else FAIL if interval[1] < limit else INCONCLUSIVE
    needed = samples_to_decide(disagreement, max_drop, counts.samples) if verdict == INCONCLUSIVE else None
    return Gate(
        name="agreement",
        limit=limit,
        value=counts.agree / counts.samples,
        interval=interval,
        verdict=verdict,
        needed_samples=needed,
    )


def finite_gate(not_finite: int, samples: int) -> Gate:
    """Judge NaN and infinities in the outputs: a single one is a failure."""
    share = not_finite / samples
    return Gate(
        name="finite outputs", limit=0.0, value=share, interval=(share, share), verdict=FAIL if not_finite else PASS
    )


def sqnr_gate(value: float | None, *, limit: float) -> Gate:
    """Judge the worst output's SQNR over these very samples, in dB; None: no error at all."""
    shown = 999.0 if value is None else value
    return Gate(
        name="SQNR", limit=limit, value=shown, interval=(shown, shown), verdict=PASS if shown >= limit else FAIL
    )


def task_json(counts: Counts, confidence: float) -> dict[str, Any]:
    """Return scores, drop and agreement with their intervals, as JSON values; null without labels."""
    total = counts.samples
    agreement = {
        "agreement": counts.agree / total,
        "agreement_interval": list(wilson_interval(counts.agree, total, confidence)),
    }
    if not counts.labelled:
        keys = ("reference", "reference_interval", "candidate", "candidate_interval", "drop", "drop_interval")
        flips = ("right_to_wrong", "wrong_to_right")
        return {"metric": "agreement", **dict.fromkeys((*keys, *flips)), **agreement}
    reference, candidate = counts.both + counts.lost, counts.both + counts.won
    return {
        "metric": "accuracy",
        "reference": reference / total,
        "reference_interval": list(wilson_interval(reference, total, confidence)),
        "candidate": candidate / total,
        "candidate_interval": list(wilson_interval(candidate, total, confidence)),
        "drop": (counts.lost - counts.won) / total,
        "drop_interval": list(paired_drop_interval(counts.lost, counts.won, total, confidence)),
        **agreement,
        "right_to_wrong": counts.lost,
        "wrong_to_right": counts.won,
    }


def overall(gates: list[Gate]) -> str:
    """Return the worst verdict: a failed gate fails all; without any gate nothing was shown."""
    verdicts = {gate.verdict for gate in gates}
    return FAIL if FAIL in verdicts else INCONCLUSIVE if INCONCLUSIVE in verdicts or not verdicts else PASS
