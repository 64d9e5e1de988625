"""Tallies: what an artifact's answers show against the original's, counted batch by batch so that memory stays flat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.adapters.metric import Differences, Evidence, Measure
from edgekit.adapters.task import meaning_of
from edgekit.contract.batch import Batch
from edgekit.contract.contract import Contract
from edgekit.data.samples import Samples
from edgekit.documents.delegation import Delegation
from edgekit.errors import DataError
from edgekit.evaluation.disagreement import Disagreement, worst_of, worst_of_batch
from edgekit.evaluation.input_use import InputUse
from edgekit.evaluation.output_error import OutputError, finite_rows
from edgekit.evaluation.reference import Answers

NEAR = 0.05
"""By how much the rounding of scores may carry a probability out of 0 to 1."""


@dataclass(frozen=True, kw_only=True)
class Execution:
    """How an artifact was run, which is the same for all its samples.

    Attributes:
        runtime: What ran it.
        delegation: What the delegate ran; None: the CPU ran it all.
        fallback: Why the delegate that was asked for ran nothing; None: it ran, or none was asked for.
        differences: In which points its contract differs from the original's; None: it says none.
        bridges: What was done so that the two can be compared, as sentences.
    """

    runtime: str = ""
    delegation: Delegation | None = None
    fallback: str | None = None
    differences: tuple[str, ...] | None = None
    bridges: tuple[str, ...] = ()


@dataclass
class Comparison:
    """What one shard of samples showed; shards are merged in the order of their samples.

    Attributes:
        execution: How the artifact was run.
        samples: Number of samples.
        not_finite: Samples with NaN or infinity in an output.
        outside: Samples with scores that are no probabilities, where the original's are.
        errors: By output.
        inputs: How values use the range that calibration saw, by input.
        worst: The samples whose answers are farthest apart.
        evidence: What the measure counted; None: nothing is judged, or nothing was counted yet.
    """

    execution: Execution = Execution()
    samples: int = 0
    not_finite: int = 0
    outside: int = 0
    errors: dict[str, OutputError] = field(default_factory=dict)
    inputs: dict[str, InputUse] = field(default_factory=dict)
    worst: list[Disagreement] = field(default_factory=list)
    evidence: Evidence | None = None

    def merge(self, other: Comparison) -> None:
        """Add another shard."""
        self.execution = other.execution
        self.samples += other.samples
        self.not_finite += other.not_finite
        self.outside += other.outside
        for name, error in other.errors.items():
            self.errors.setdefault(name, OutputError()).merge(error)
        for name, use in other.inputs.items():
            self.inputs.setdefault(name, InputUse()).merge(use)
        self.worst = worst_of([*self.worst, *other.worst])
        if self.evidence is None:
            self.evidence = other.evidence
        elif other.evidence is not None:
            self.evidence.merge(other.evidence)


class Tally:
    """Counts what an artifact's answers show against the original's.

    Attributes:
        contract: The original's.
        answers: The original's answers to all samples.
        collector: Counts what is judged; None: errors are measured, and nothing is judged.
        comparison: What was counted so far.
    """

    def __init__(
        self,
        contract: Contract,
        samples: Samples,
        answers: Answers,
        measure: Measure | None,
        execution: Execution = Execution(),
    ) -> None:
        self.contract, self.answers = contract, answers
        self.collector = None if measure is None else measure.collector(samples, answers.outputs)
        evidence = None if self.collector is None else self.collector.evidence
        self.comparison = Comparison(execution=execution, evidence=evidence)

    def add_inputs(self, batch: Batch, ranges: Mapping[str, tuple[float, float]]) -> None:
        """Count values of inputs that lie beyond what calibration saw."""
        for name, calibrated in ranges.items():
            self.comparison.inputs.setdefault(name, InputUse()).merge(InputUse.of(batch[name], calibrated))

    def add(self, start: int, candidate: Batch) -> None:
        """Count the answers to some samples, the first of which is ``start``.

        Raises:
            DataError: Their shape is not that of the original's.
        """
        count = len(next(iter(candidate.values())))
        reference = self.answers.read(start, start + count)
        comparison = self.comparison
        comparison.samples += count
        comparison.not_finite += self._add_errors(reference, candidate)
        comparison.outside += int(self._outside(reference, candidate).sum())
        if self.collector is None:
            differences = largest_errors(reference, candidate)
        else:
            differences = self.collector.add(start, reference, candidate)
        comparison.worst = worst_of([*comparison.worst, *worst_of_batch(start, differences)])

    def _add_errors(self, reference: Batch, candidate: Batch) -> int:
        """Add the errors of all outputs, and return how many samples are not finite."""
        count = len(next(iter(reference.values())))
        finite = np.ones(count, bool)
        for name, expected in reference.items():
            if candidate[name].shape != expected.shape:
                raise DataError(
                    f"output {name!r}: the original gives {list(expected.shape[1:])} per sample, "
                    f"the artifact {list(candidate[name].shape[1:])}"
                )
            self.comparison.errors.setdefault(name, OutputError()).add(expected, candidate[name])
            finite &= finite_rows(candidate[name])
        return int((~finite).sum())

    def _outside(self, reference: Batch, candidate: Batch) -> NDArray[np.bool_]:
        """Return in which samples the artifact gives what is no probability, and the original does."""
        outside = np.zeros(len(next(iter(reference.values()))), bool)
        for spec in self.contract.outputs:
            if meaning_of(spec.meaning).probabilities:
                outside |= no_probabilities(candidate[spec.name]) & ~no_probabilities(reference[spec.name])
        return outside


def no_probabilities(scores: NDArray[Any]) -> NDArray[np.bool_]:
    """Return which samples ``[n, ...]`` have a score that rounding alone does not carry out of 0 to 1."""
    outside = (scores < -NEAR) | (scores > 1 + NEAR)
    return np.asarray(outside.reshape(len(scores), -1).any(1))


def largest_errors(reference: Batch, candidate: Batch) -> Differences:
    """Return how far answers are apart where nothing says what they are for: the largest error of any output."""
    count = len(next(iter(reference.values())))
    largest = np.zeros(count)
    for name, expected in reference.items():
        error = np.nan_to_num(np.abs(expected.astype(np.float64) - candidate[name])).reshape(count, -1)
        largest = np.maximum(largest, error.max(1, initial=0.0))
    return Differences(distances=largest, changed=np.zeros(count, bool))
