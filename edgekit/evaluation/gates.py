"""Verdicts: what counts of right and wrong answers say about a limit, with intervals."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.evaluation.intervals import (
    Interval,
    mean_interval,
    median_interval,
    paired_drop_interval,
    samples_to_decide,
    wilson_interval,
)

PASS, FAIL, INCONCLUSIVE = "pass", "fail", "inconclusive"
DROPS = {"accuracy": "accuracy drop", "exact_match": "exact match drop", "nmae": "error increase"}
"""What the gate of a metric is called whose drop is judged."""
FINITE = "finite outputs"
CONTRACT = "same contract"
PROBABILITIES = "probabilities"


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
        metric: What is counted.
    """

    samples: int
    agree: int
    both: int = 0
    lost: int = 0
    won: int = 0
    labelled: bool = True
    metric: str = "accuracy"


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
            "value": finite_or_none(self.value),
            "interval": [finite_or_none(end) for end in self.interval],
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
        name=DROPS[counts.metric],
        limit=max_drop,
        value=(counts.lost - counts.won) / counts.samples,
        interval=interval,
        verdict=verdict,
        needed_samples=samples_to_decide(at, max_drop, counts.samples) if verdict == INCONCLUSIVE else None,
    )


def increase_gate(errors: NDArray[np.float64], *, max_drop: float, confidence: float) -> Gate:
    """Judge by how much the mean of paired errors ``[n, 2]``, of original and artifact, grows."""
    grown = errors[:, 1] - errors[:, 0]
    interval = low, high = mean_interval(grown, confidence)
    centre, count = float(grown.mean()), len(grown)

    def at(samples: float) -> Interval:
        narrower = math.sqrt(count / samples)
        return centre + (low - centre) * narrower, centre + (high - centre) * narrower

    verdict = PASS if high <= max_drop else FAIL if low > max_drop else INCONCLUSIVE
    decides = verdict == INCONCLUSIVE and math.isfinite(high)
    return Gate(
        name=DROPS["nmae"],
        limit=max_drop,
        value=centre,
        interval=interval,
        verdict=verdict,
        needed_samples=samples_to_decide(at, max_drop, count) if decides else None,
    )


def agreement_gate(counts: Counts, *, max_drop: float, confidence: float, name: str = "agreement") -> Gate:
    """Judge the share of samples that agree.

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
        name=name,
        limit=limit,
        value=counts.agree / counts.samples,
        interval=interval,
        verdict=verdict,
        needed_samples=needed,
    )


def finite_gate(not_finite: int, samples: int) -> Gate:
    """Judge NaN and infinities in the outputs: a single one is a failure."""
    share = not_finite / samples
    return Gate(name=FINITE, limit=0.0, value=share, interval=(share, share), verdict=FAIL if not_finite else PASS)


def probability_gate(outside: int, samples: int) -> Gate:
    """Judge scores that are no probabilities, where the original's are: in a single sample is a failure."""
    share = outside / samples
    return Gate(
        name=PROBABILITIES, limit=0.0, value=share, interval=(share, share), verdict=FAIL if outside else PASS
    )  # fmt: skip


def contract_gate(differences: int) -> Gate:
    """Judge in how many points the artifact's contract differs from the original's: in none it may."""
    share = float(differences)
    return Gate(
        name=CONTRACT, limit=0.0, value=share, interval=(share, share), verdict=FAIL if differences else PASS
    )  # fmt: skip


def similarity_json(
    metric: str, output: str, threshold: float, values: NDArray[np.float64], confidence: float
) -> dict[str, Any]:
    """Return what the similarities of all samples ``[n]`` show, as JSON values.

    ``candidate`` is their median, its interval that of the sign test (SciPy's ``quantile_test``); infinite values, of
    answers without any error, are null.
    """
    agree = int((values >= threshold).sum())
    interval = median_interval(values, confidence)
    return {
        "metric": metric,
        "output": output,
        "threshold": threshold,
        **dict.fromkeys(("reference", "reference_interval", "drop", "drop_interval")),
        "candidate": finite_or_none(float(np.median(values))),
        "candidate_interval": None if interval is None else [finite_or_none(end) for end in interval],
        "least": finite_or_none(float(values.min())),
        **_agreement(agree, len(values), confidence),
        **dict.fromkeys(("right_to_wrong", "wrong_to_right")),
    }


def finite_or_none(value: float) -> float | None:
    """Return a number as JSON has it, which knows no infinity."""
    return value if math.isfinite(value) else None


def _agreement(agree: int, total: int, confidence: float) -> dict[str, Any]:
    return {
        "agreement": agree / total,
        "agreement_interval": list(wilson_interval(agree, total, confidence)),
    }


def task_json(counts: Counts, output: str, confidence: float) -> dict[str, Any]:
    """Return scores, drop and agreement of classes with their intervals, as JSON values; null without labels."""
    total = counts.samples
    agreement = {"output": output, "threshold": None, **_agreement(counts.agree, total, confidence)}
    if not counts.labelled:
        keys = ("reference", "reference_interval", "candidate", "candidate_interval", "drop", "drop_interval")
        flips = ("right_to_wrong", "wrong_to_right")
        return {"metric": "agreement", **dict.fromkeys((*keys, *flips)), **agreement}
    reference, candidate = counts.both + counts.lost, counts.both + counts.won
    return {
        "metric": counts.metric,
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


def values_json(
    errors: NDArray[np.float64], agree: int, output: str, tolerance: float, confidence: float
) -> dict[str, Any]:
    """Return what the paired errors of values ``[n, 2]`` show, as JSON values.

    A sample agrees whose answer moved by at most ``tolerance`` standard deviations of the targets.
    """

    def told(values: NDArray[np.float64]) -> tuple[float | None, list[float | None]]:
        interval = [finite_or_none(end) for end in mean_interval(values, confidence)]
        return finite_or_none(float(values.mean())), interval

    found = {"reference": errors[:, 0], "candidate": errors[:, 1], "drop": errors[:, 1] - errors[:, 0]}
    means = {name: told(values) for name, values in found.items()}
    return {
        "metric": "nmae",
        "output": output,
        "threshold": None,
        "tolerance": tolerance,
        **{name: mean for name, (mean, _) in means.items()},
        **{f"{name}_interval": interval for name, (_, interval) in means.items()},
        **_agreement(agree, len(errors), confidence),
        **dict.fromkeys(("right_to_wrong", "wrong_to_right")),
    }


def labels_json(counts: NDArray[np.int64], names: tuple[str, ...]) -> dict[str, Any]:
    """Return the F1 of labels, over all of them together (micro) and as the mean of each (macro), as JSON values.

    Args:
        counts: For original and artifact, and each label, how often it was rightly said, wrongly said and missed
            ``[2, 3, labels]``.
        names: Of the labels.
    """

    def f1(told: NDArray[np.int64]) -> NDArray[np.float64]:
        whole = 2 * told[0] + told[1] + told[2]
        found: NDArray[np.float64] = np.where(whole > 0, 2 * told[0] / np.maximum(whole, 1), 1.0)
        return found

    sides = ("reference", "candidate")
    each = [f1(side) for side in counts]
    return {
        "f1_micro": {side: float(f1(counts[place].sum(1))) for place, side in enumerate(sides)},
        "f1_macro": {side: float(each[place].mean()) for place, side in enumerate(sides)},
        "f1": {
            name: {side: float(each[place][label]) for place, side in enumerate(sides)}
            for label, name in enumerate(names)
        },
    }


def overall(gates: list[Gate]) -> str:
    """Return the worst verdict: a failed gate fails all; without any gate nothing was shown."""
    verdicts = {gate.verdict for gate in gates}
    return FAIL if FAIL in verdicts else INCONCLUSIVE if INCONCLUSIVE in verdicts or not verdicts else PASS
