"""Gates: what counts of right and wrong answers, or of faults, say about a limit, with intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edgekit.adapters.metric import Gate
from edgekit.evaluation.intervals import Interval, paired_drop_interval, samples_to_decide, wilson_interval

if TYPE_CHECKING:
    from edgekit.documents.document import Verdict

PASS: Verdict = "pass"  # noqa: S105 - no password
FAIL: Verdict = "fail"
INCONCLUSIVE: Verdict = "inconclusive"
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
    """

    samples: int
    agree: int
    both: int = 0
    lost: int = 0
    won: int = 0


def drop_gate(counts: Counts, *, max_drop: float, confidence: float, name: str = "accuracy drop") -> Gate:
    """Judge the paired drop of a score; a drop of exactly the limit is within it."""

    def interval_at(samples: float) -> Interval:
        share = samples / counts.samples
        return paired_drop_interval(counts.lost * share, counts.won * share, samples, confidence)

    drop = (counts.lost - counts.won) / counts.samples
    return loss_gate(name, value=drop, limit=max_drop, samples=counts.samples, interval_at=interval_at)


def loss_gate(
    name: str,
    *,
    value: float,
    limit: float,
    samples: int,
    interval_at: Callable[[float], Interval],
    open_end: bool = False,
) -> Gate:
    """Judge what is lost: a drop of a score, or the growth of an error.

    Args:
        name: What the gate is called.
        value: What is lost.
        limit: The most that may be; exactly as much is within it.
        samples: Number of samples.
        interval_at: The interval of the loss for a number of samples, at the rates seen.
        open_end: Whether the interval is infinite, which no number of samples changes.
    """
    interval = low, high = interval_at(samples)
    verdict = INCONCLUSIVE
    if high <= limit:
        verdict = PASS
    elif low > limit:
        verdict = FAIL
    needed = None
    if verdict == INCONCLUSIVE and not open_end:
        needed = samples_to_decide(interval_at, limit, samples)
    finding = f"{name} {value:+.3f}, interval [{low:+.3f}, {high:+.3f}], limit {limit:g}"
    return Gate(
        name=name,
        limit=limit,
        value=value,
        interval=interval,
        verdict=verdict,
        message=_with_samples(finding, samples, verdict, needed),
        needed_samples=needed,
    )


def agreement_gate(counts: Counts, *, max_drop: float, confidence: float, name: str = "agreement") -> Gate:
    """Judge the share of samples that agree.

    A score cannot drop by more than the share of answers that differ; so agreement of at least ``1 - max_drop`` is
    sufficient for the same limit, though not necessary.
    """
    limit = 1 - max_drop

    def interval_at(samples: float) -> Interval:
        agree = round(counts.agree * samples / counts.samples)
        return wilson_interval(agree, round(samples), confidence)

    def disagreement_at(samples: float) -> Interval:
        low, high = interval_at(samples)
        return 1 - high, 1 - low

    interval = low, high = interval_at(counts.samples)
    verdict = INCONCLUSIVE
    if low >= limit:
        verdict = PASS
    elif high < limit:
        verdict = FAIL
    needed = samples_to_decide(disagreement_at, max_drop, counts.samples) if verdict == INCONCLUSIVE else None
    share = counts.agree / counts.samples
    finding = f"{name}: {share:.3f} of answers, interval [{low:.3f}, {high:.3f}], limit {limit:g}"
    return Gate(
        name=name,
        limit=limit,
        value=share,
        interval=interval,
        verdict=verdict,
        message=_with_samples(finding, counts.samples, verdict, needed),
        needed_samples=needed,
    )


def _with_samples(finding: str, samples: int, verdict: Verdict, needed: int | None) -> str:
    """Add how many samples a finding rests on, and how many would decide."""
    sentence = f"{finding}, {samples} samples"
    if verdict != INCONCLUSIVE:
        return sentence
    if not needed:
        return f"{sentence}; no number of samples would decide at these rates"
    return f"{sentence}; about {needed} samples in all would decide"


def finite_gate(not_finite: int, samples: int) -> Gate:
    """Judge NaN and infinities in the outputs: a single one is a failure."""
    message = f"NaN or infinite values in the outputs of {not_finite} of {samples} samples"
    return _fault_gate(FINITE, not_finite / samples, message)


def probability_gate(outside: int, samples: int) -> Gate:
    """Judge scores that are no probabilities, where the original's are: in a single sample is a failure."""
    message = (
        f"scores that are no probabilities in {outside} of {samples} samples, where the original gives some: a softmax "
        f"or sigmoid is left out"
    )
    return _fault_gate(PROBABILITIES, outside / samples, message)


def contract_gate(differences: Sequence[str]) -> Gate:
    """Judge in which points the artifact's contract differs from the original's: in none it may."""
    message = f"the artifact is fed or read otherwise than the original: {'; '.join(differences)}"
    return _fault_gate(CONTRACT, float(len(differences)), message)


def _fault_gate(name: str, value: float, message: str) -> Gate:
    """Judge what must not be at all; there is nothing to estimate, so its interval is a point."""
    verdict = FAIL if value else PASS
    return Gate(name=name, limit=0.0, value=value, interval=(value, value), verdict=verdict, message=message)


def overall(gates: Sequence[Gate]) -> Verdict:
    """Return the worst verdict: a failed gate fails all; without any gate nothing was shown."""
    verdicts = {gate.verdict for gate in gates}
    if FAIL in verdicts:
        return FAIL
    if INCONCLUSIVE in verdicts or not verdicts:
        return INCONCLUSIVE
    return PASS
