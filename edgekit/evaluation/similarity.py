"""Similarity: what metrics share that compare an answer with the original's where nothing says what is right.

Each sample has a similarity, and agrees from a threshold on; so the verdict is about a share of samples, whose interval
holds for few samples too, and a rare collapse shows in it as it would not in a mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from edgekit.adapters.metric import Differences, Gate, Notation, Question, Ruling, Unit, finite_or_none
from edgekit.adapters.task import load_task
from edgekit.contract.batch import Batch
from edgekit.contract.contract import OutputSpec
from edgekit.data.npy import Rows
from edgekit.data.samples import Samples
from edgekit.documents.parity import TaskScores
from edgekit.errors import DataError
from edgekit.evaluation.gates import Counts, agreement_gate
from edgekit.evaluation.intervals import median_interval, wilson_interval
from edgekit.evaluation.output_error import finite_rows

if TYPE_CHECKING:
    from edgekit.adapters.metric import Threshold

Vectors = NDArray[np.float64]


@dataclass
class Similarities:
    """The similarities of samples, by output; the parts are put together in the order of the samples."""

    values: dict[str, list[Vectors]] = field(default_factory=dict)

    def merge(self, other: Similarities) -> None:
        """Add those of the samples that come next."""
        for output, values in other.values.items():
            self.values.setdefault(output, []).extend(values)

    def of(self, output: str) -> Vectors:
        """Return those of all samples ``[n]``."""
        return np.concatenate(self.values[output])


@dataclass(frozen=True, kw_only=True)
class SimilarityMeasure:
    """Compares answers with the original's by a similarity.

    Attributes:
        metric: The similarity.
        outputs: What is compared.
        threshold: From which similarity on a sample agrees.
    """

    NOTATION: ClassVar[Notation]

    metric: str
    outputs: tuple[str, ...]
    threshold: float

    @property
    def task(self) -> str | None:
        """None: what is compared has no words."""
        return None

    def similarity(self, output: str, reference: Vectors, candidate: Vectors) -> Vectors:
        """Return the similarity of each sample ``[n]`` of two answers ``[n, ...]``, both finite."""
        raise NotImplementedError

    def distances(self, similarities: Vectors) -> Vectors:
        """Return how far apart answers are, from 0.0: one less the similarity; of a ratio in dB, the share of noise."""
        if self.NOTATION.unit is not Unit.DECIBEL:
            return 1 - similarities
        shares: Vectors = 10 ** (-similarities / 20)
        return shares

    def gate_name(self, output: str) -> str:
        """Return what the gate of an output is called."""
        return f"{self.NOTATION.name}{self.which(output)} at least {self.threshold:g}{unit_suffix(self.NOTATION)}"

    def which(self, output: str) -> str:
        """Return the words that tell one output from others; empty if there is one."""
        return "" if len(self.outputs) == 1 else f" of {output}"

    def collector(self, samples: Samples, answers: Mapping[str, Rows]) -> SimilarityCollector:  # noqa: ARG002 - the measure has all
        """Return what compares answers."""
        return SimilarityCollector(self)

    def ruling(self, evidence: Similarities, question: Question) -> Ruling:
        """Judge the share of samples that agree, for each output."""
        rule = question.rule
        gates: list[Gate] = []
        scores: list[TaskScores] = []
        for output in self.outputs:
            values = evidence.of(output)
            counts = Counts(samples=len(values), agree=int((values >= self.threshold).sum()))
            name = self.gate_name(output)
            gates.append(agreement_gate(counts, max_drop=rule.max_drop, confidence=rule.confidence, name=name))
            scores.append(self.scores(output, values, rule.confidence))
        return Ruling(gates=gates, scores=min(scores, key=lambda entry: entry.agreement), warnings=[])

    def scores(self, output: str, values: Vectors, confidence: float) -> TaskScores:
        """Return what the similarities of all samples ``[n]`` show.

        ``candidate`` is their median, its interval that of the sign test (SciPy's ``quantile_test``); infinite values,
        of answers without any error, are null.
        """
        agree, total = int((values >= self.threshold).sum()), len(values)
        interval = median_interval(values, confidence)
        return TaskScores(
            metric=self.metric,
            output=output,
            threshold=self.threshold,
            reference=None,
            reference_interval=None,
            candidate=finite_or_none(float(np.median(values))),
            candidate_interval=None if interval is None else (finite_or_none(interval[0]), finite_or_none(interval[1])),
            least=finite_or_none(float(values.min())),
            drop=None,
            drop_interval=None,
            agreement=agree / total,
            agreement_interval=wilson_interval(agree, total, confidence),
            right_to_wrong=None,
            wrong_to_right=None,
        )


class SimilarityCollector:
    """Compares an artifact's answers, batch by batch.

    Attributes:
        measure: By what.
        evidence: The similarities so far.
    """

    def __init__(self, measure: SimilarityMeasure) -> None:
        self.measure = measure
        self.evidence = Similarities()

    def add(self, start: int, reference: Batch, candidate: Batch) -> Differences:
        """Compare answers; a sample is as near as its worst output."""
        worst = np.full(len(next(iter(reference.values()))), np.inf)
        for output in self.measure.outputs:
            values = self.similarities(output, start, reference[output], candidate[output])
            self.evidence.values.setdefault(output, []).append(values)
            worst = np.minimum(worst, values)
        # A similarity of minus infinity is farther than any other, and still a number that sorts.
        distances = np.nan_to_num(self.measure.distances(worst), posinf=np.finfo(float).max)
        return Differences(distances=distances, changed=np.zeros(len(worst), bool), similarities=worst)

    def similarities(
        self, output: str, start: int, reference: NDArray[np.generic], candidate: NDArray[np.generic]
    ) -> Vectors:
        """Return the similarity of each sample; minus infinity where the artifact's answer is not finite.

        Args:
            output: Its name.
            start: Number of the first sample.
            reference: The original's answers ``[n, ...]``.
            candidate: The artifact's, of the same shape.
        """
        first, second = reference.astype(np.float64), candidate.astype(np.float64)
        finite = finite_rows(second)
        second = np.where(finite.reshape(-1, *(1 for _ in second.shape[1:])), second, 0.0)
        return np.where(finite, self.compare(output, start, first, second), -np.inf)

    def compare(self, output: str, start: int, reference: Vectors, candidate: Vectors) -> Vectors:  # noqa: ARG002 - all are equal
        """Return the similarity of each sample of two finite answers."""
        return self.measure.similarity(output, reference, candidate)


def threshold_of(question: Question, threshold: Threshold) -> float:
    """Return the threshold that a rule states, or the metric's own."""
    return threshold.default if question.rule.threshold is None else question.rule.threshold


def vector_outputs(metric: str, question: Question) -> tuple[str, ...]:
    """Return the outputs that are embeddings, or else all vectors.

    Raises:
        DataError: There is no vector.
    """
    vectors = [spec for spec in question.contract.outputs if len(spec.shape) == 2]
    embeddings = load_task("embedding").MEANINGS
    named = [spec for spec in vectors if spec.meaning in embeddings]
    if not vectors:
        raise _missing(metric, "a vector [n, size]", question.contract.outputs)
    return tuple(spec.name for spec in named or vectors)


def picture_outputs(metric: str, question: Question) -> tuple[str, ...]:
    """Return the outputs that are pictures, by their shape.

    Raises:
        DataError: There is none.
    """
    pictures = [spec for spec in question.contract.outputs if len(spec.shape) == 4 and spec.shape[3] in (1, 3, 4)]
    if not pictures:
        raise _missing(metric, "a picture [n, height, width, channels]", question.contract.outputs)
    return tuple(spec.name for spec in pictures)


def _missing(metric: str, needed: str, outputs: tuple[OutputSpec, ...]) -> DataError:
    shapes = ", ".join(f"{spec.name} {list(spec.shape)}" for spec in outputs)
    return DataError(f"metric {metric!r} needs an output that is {needed}; the model has {shapes}")


READ = 256
"""Samples of which the original's pictures are read at a time."""


def value_ranges(outputs: tuple[str, ...], question: Question) -> dict[str, float]:
    """Return by output the difference of the greatest and the smallest value of the original's answers."""
    ranges = {}
    count = len(question.samples)
    for output in outputs:
        low, high = np.inf, -np.inf
        for start in range(0, count, READ):
            pictures = question.answers[output].read(start, min(start + READ, count))
            low, high = min(low, float(pictures.min())), max(high, float(pictures.max()))
        ranges[output] = high - low
    return ranges


def decibels(signal: Vectors, noise: Vectors) -> Vectors:
    """Return ratios of powers in dB: infinite without noise, minus infinite with noise and no signal."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios: Vectors = np.where(noise > 0, 10 * np.log10(signal / noise), np.inf)
    return ratios


def sums(values: Vectors) -> Vectors:
    """Return the sum of all numbers of each sample ``[n]``."""
    total: Vectors = values.reshape(len(values), -1).sum(1)
    return total


def unit_suffix(notation: Notation) -> str:
    """Return the unit as it stands behind a number."""
    return " dB" if notation.unit is Unit.DECIBEL else ""


def similarity_columns(name: str, unit: Unit) -> str:
    """Return what the columns of a run hold, by the median of a similarity."""
    suffix = " dB" if unit is Unit.DECIBEL else ""
    return f"score: median {name}{suffix}; agree: samples from {{threshold:g}}{suffix} on, in %"
