"""Comparison: original and artifact on the same raw samples, shard by shard, in child processes."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.adapters import Delegation
from edgekit.answers import Answers
from edgekit.artifacts import Artifact
from edgekit.confidences import Confidences
from edgekit.contract import Contract
from edgekit.digests import value_digest
from edgekit.errors import DataError, nearest
from edgekit.feeding import differences, fed, in_our_order
from edgekit.measures import Measure, Similarities, distances
from edgekit.metrics import OutputError
from edgekit.remote.resuming import KeptAnswers
from edgekit.samples import Samples
from edgekit.sessions import Where, open_session
from edgekit.slices import CANDIDATE_RIGHT, REFERENCE_RIGHT

CHUNK = 16
"""Samples that are read, run and compared at a time."""
WORST_KEPT = 8


@dataclass(frozen=True, kw_only=True)
class Disagreement:
    """A sample and how far the two answers to it are apart.

    Attributes:
        index: Number of the sample.
        distance: Half the L1 distance of the scores; without classes, how far the similarity is from perfect, or, where
            nothing is judged, the largest error.
        flipped: Whether the class changed.
        reference: The original's scores, where the model is a classifier.
        candidate: The artifact's scores.
        similarity: Where the model is none and similarity is judged, that of its worst output.
    """

    index: int
    distance: float
    flipped: bool
    reference: tuple[float, ...] | None = None
    candidate: tuple[float, ...] | None = None
    similarity: float | None = None

    def rank(self) -> tuple[bool, float, int]:
        """Return the order of interest: changed answers first, then the farthest apart."""
        return self.flipped, self.distance, -self.index


@dataclass
class InputUse:
    """How the values of one input lie in the range that calibration saw of it."""

    values: int = 0
    outside: int = 0
    low: float = math.inf
    high: float = -math.inf

    def merge(self, other: InputUse) -> None:
        """Add another shard."""
        self.values, self.outside = self.values + other.values, self.outside + other.outside
        self.low, self.high = min(self.low, other.low), max(self.high, other.high)


@dataclass
class Comparison:
    """What one shard of samples showed; shards are merged."""

    samples: int = 0
    agree: int = 0
    both: int = 0
    lost: int = 0
    won: int = 0
    not_finite: int = 0
    errors: dict[str, OutputError] = field(default_factory=dict)
    similarities: dict[str, list[NDArray[np.float64]]] = field(default_factory=dict)
    worst: list[Disagreement] = field(default_factory=list)
    runtime: str = ""
    delegation: Delegation | None = None
    fallback: str | None = None
    differences: list[str] | None = None
    inputs: dict[str, InputUse] = field(default_factory=dict)
    outcomes: dict[int, NDArray[np.uint8]] = field(default_factory=dict)
    confidences: tuple[Confidences, Confidences] = field(default_factory=lambda: (Confidences(), Confidences()))

    def merge(self, other: Comparison) -> None:
        """Add another shard."""
        for name in ("samples", "agree", "both", "lost", "won", "not_finite"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name, error in other.errors.items():
            self.errors.setdefault(name, OutputError()).merge(error)
        for name, values in other.similarities.items():
            self.similarities.setdefault(name, []).extend(values)
        for name, use in other.inputs.items():
            self.inputs.setdefault(name, InputUse()).merge(use)
        self.worst = heapq.nlargest(WORST_KEPT, [*self.worst, *other.worst], key=Disagreement.rank)
        self.runtime, self.delegation, self.fallback = other.runtime, other.delegation, other.fallback
        self.differences = other.differences
        self.outcomes |= other.outcomes
        for mine, theirs in zip(self.confidences, other.confidences, strict=True):
            mine.merge(theirs)

    def outcome(self) -> NDArray[np.uint8]:
        """Return for each sample who was right, as `edgekit.slices` reads it."""
        return np.concatenate([self.outcomes[start] for start in sorted(self.outcomes)])


@dataclass(frozen=True, kw_only=True)
class Shard:
    """A unit of work: some samples, compared in one process.

    Attributes:
        artifact: What is compared with the original.
        contract: The original's contract; raw samples are prepared by it, for both sides.
        samples: All samples.
        answers: The original's answers to all samples.
        measure: What is judged; None: errors are measured, and nothing is judged.
        start: First sample of the shard.
        stop: One past the last.
        where: What runs the artifact.
        names: What inputs and outputs of the original are called in the artifact, where that differs.
    """

    artifact: Artifact
    contract: Contract
    samples: Samples
    answers: Answers
    measure: Measure | None
    start: int
    stop: int
    where: Where
    names: Mapping[str, str] = field(default_factory=dict)


def shards(count: int, workers: int) -> list[tuple[int, int]]:
    """Split ``count`` samples into one range per worker."""
    size = max(CHUNK, math.ceil(count / workers))
    return [(start, min(start + size, count)) for start in range(0, count, size)]


def compare(shard: Shard) -> Comparison:
    """Run a shard's samples through the artifact and compare its answers with the original's.

    Raises:
        DataError: Inputs or outputs of the two cannot be told apart by name, or differ in shape.
        SessionError: The runtime failed.
    """
    kept = KeptAnswers(_key(shard), shard.stop - shard.start)
    with kept.resumable(), open_session(shard.artifact, **asdict(shard.where)) as session:
        ours, theirs = shard.contract, session.contract
        _check_told(shard.names, ours, theirs)
        inputs = bind([spec.name for spec in ours.inputs], [spec.name for spec in theirs.inputs], shard.names)
        outputs = bind([spec.name for spec in ours.outputs], [spec.name for spec in theirs.outputs], shard.names)
        contract = fed(ours, theirs, inputs) if session.told else ours
        tally = Tally(shard)
        tally.made.runtime, tally.made.delegation = session.runtime, session.delegation
        tally.made.fallback = session.fallback
        tally.made.differences = differences(ours, theirs, inputs, outputs) if session.told else None
        for start in range(shard.start, shard.stop, CHUNK):
            stop = min(start + CHUNK, shard.stop)
            read = shard.samples.read(start, stop, contract)
            _add_uses(tally.made, read, shard.artifact.calibrated_range)
            found = kept.get(start) or session.run_each(**{inputs[name]: value for name, value in read.items()})
            kept.keep(start, found)
            tally.add(start, {n: in_our_order(found[o], ours.output(n), theirs.output(o)) for n, o in outputs.items()})
    return tally.made


class Tally:
    """Counts what an artifact's answers show against the original's.

    Attributes:
        shard: Which samples, and what is judged.
        made: What was counted so far.
    """

    def __init__(self, shard: Shard) -> None:
        self.shard, self.made = shard, Comparison()
        measure = shard.measure
        judges = measure is not None and not measure.counts_classes
        self._similarities = Similarities(measure, shard.answers) if judges and measure is not None else None

    def add(self, start: int, candidate: Batch) -> None:
        """Count the answers to some samples, the first of which is ``start``."""
        shard = self.shard
        reference = shard.answers.read(start, start + len(next(iter(candidate.values()))))
        _add_errors(self.made, reference, candidate)
        if self._similarities is not None:
            _add_similarities(self.made, self._similarities, start, reference, candidate)
        elif shard.measure is not None:
            _add_classes(self.made, shard, start, reference, candidate)
        else:
            _add_largest_errors(self.made, start, reference, candidate)


def _key(shard: Shard) -> str | None:
    """Return what tells apart all that a device's answers to a shard depend on; None: it is no device."""
    if not shard.where.device.startswith(("ssh:", "adb:")):
        return None
    where = {name: value for name, value in asdict(shard.where).items() if name != "benchmark_model"}
    return value_digest([shard.artifact.digest(), shard.samples.digest(), where, shard.start, shard.stop, CHUNK])


def _add_uses(made: Comparison, read: Batch, ranges: Mapping[str, tuple[float, float]]) -> None:
    """Count values that lie beyond what calibration saw by more than a step of int8."""
    for name, (low, high) in ranges.items():
        values = read[name]
        step = (max(high, 0.0) - min(low, 0.0)) / 255
        outside = int(((values < low - step) | (values > high + step)).sum())
        use = InputUse(
            values=values.size, outside=outside, low=float(values.min(initial=math.inf)),
            high=float(values.max(initial=-math.inf)),
        )  # fmt: skip
        made.inputs.setdefault(name, InputUse()).merge(use)


def _check_told(told: Mapping[str, str], ours: Contract, theirs: Contract) -> None:
    for name, other in told.items():
        for known, one, side in ((ours.names, name, "original"), (theirs.names, other, "artifact")):
            if one not in known:
                raise DataError(f"the {side} has no {one!r}{nearest(one, known)} (it has: {', '.join(sorted(known))})")


def bind(ours: Sequence[str], theirs: Sequence[str], told: Mapping[str, str] | None = None) -> dict[str, str]:
    """Match names of the original with names of an artifact: as told, by name, and one alone with one alone.

    Raises:
        DataError: They cannot be matched; both sides are listed.
    """
    known = {name: other for name, other in (told or {}).items() if name in ours and other in theirs}
    if known:
        rest = bind([n for n in ours if n not in known], [n for n in theirs if n not in known.values()])
        return {name: known.get(name) or rest[name] for name in ours}
    if set(ours) <= set(theirs):
        return {name: name for name in ours}
    if len(ours) == len(theirs) == 1:
        return {ours[0]: theirs[0]}
    hint = f"; say which is which, by --bind {ours[0]}={theirs[0]}" if ours and theirs else ""
    raise DataError(
        f"the names differ and position is not trusted: the original has {', '.join(ours)}, "
        f"the artifact has {', '.join(theirs) or 'none'}{hint}"
    )


Batch = Mapping[str, NDArray[Any]]


def _add_errors(made: Comparison, reference: Batch, candidate: Batch) -> None:
    count = len(next(iter(reference.values())))
    finite = np.ones(count, bool)
    for name, expected in reference.items():
        if candidate[name].shape != expected.shape:
            raise DataError(
                f"output {name!r}: the original gives {list(expected.shape[1:])} per sample, "
                f"the artifact {list(candidate[name].shape[1:])}"
            )
        made.errors.setdefault(name, OutputError()).add(expected, candidate[name])
        finite &= np.isfinite(candidate[name].reshape(count, -1).astype(np.float64)).all(1)
    made.samples += count
    made.not_finite += int((~finite).sum())


def _add_classes(made: Comparison, shard: Shard, start: int, reference: Batch, candidate: Batch) -> None:
    """Count right and equal answers; an answer with NaN in it is wrong, and equal to nothing."""
    assert shard.measure is not None, "asked for by the caller"
    (name,) = shard.measure.outputs
    before, after = reference[name], np.nan_to_num(candidate[name])
    finite = np.isfinite(candidate[name]).all(1)
    first, second = before.argmax(1), np.where(finite, after.argmax(1), -1)
    made.agree += int((first == second).sum())
    if shard.samples.labels is not None:
        labels = np.asarray(shard.samples.labels[start : start + len(first)])
        made.both += int(((first == labels) & (second == labels)).sum())
        made.lost += int(((first == labels) & (second != labels)).sum())
        made.won += int(((first != labels) & (second == labels)).sum())
        right = (first == labels), (second == labels)
        made.outcomes[start] = (right[0] * REFERENCE_RIGHT + right[1] * CANDIDATE_RIGHT).astype(np.uint8)
        if shard.contract.output(name).meaning == "probabilities":
            for side, scores, good in zip(made.confidences, (before, after), right, strict=True):
                side.add(scores.astype(np.float64), good)
    apart = np.abs(before.astype(np.float64) - after).sum(1) / 2

    def entry(row: int) -> Disagreement:
        scores = [tuple(float(value) for value in side[row]) for side in (before, after)]
        return Disagreement(
            index=start + row, distance=float(apart[row]), flipped=bool(first[row] != second[row]),
            reference=scores[0], candidate=scores[1],
        )  # fmt: skip

    _remember(made, apart + 1e6 * (first != second), entry)


def _add_similarities(
    made: Comparison, similarities: Similarities, start: int, reference: Batch, candidate: Batch
) -> None:
    worst = np.full(len(next(iter(reference.values()))), np.inf)
    for name in similarities.measure.outputs:
        values = similarities.of(name, start, reference[name], candidate[name])
        made.similarities.setdefault(name, []).append(values)
        worst = np.minimum(worst, values)
    apart = np.nan_to_num(distances(similarities.measure.metric, worst), posinf=np.finfo(float).max)
    _remember(
        made, apart, lambda row: Disagreement(
            index=start + row, distance=float(apart[row]), flipped=False, similarity=float(worst[row])
        )
    )  # fmt: skip


def _add_largest_errors(made: Comparison, start: int, reference: Batch, candidate: Batch) -> None:
    count = len(next(iter(reference.values())))
    largest = np.zeros(count)
    for name, expected in reference.items():
        error = np.nan_to_num(np.abs(expected.astype(np.float64) - candidate[name])).reshape(count, -1)
        largest = np.maximum(largest, error.max(1, initial=0.0))
    _remember(
        made, largest, lambda row: Disagreement(index=start + row, distance=float(largest[row]), flipped=False)
    )  # fmt: skip


def _remember(made: Comparison, order: NDArray[np.float64], entry: Callable[[int], Disagreement]) -> None:
    """Keep the samples with the greatest ``order``; those whose answers are the same are of no interest."""
    rows = [int(row) for row in np.argsort(-order, kind="stable")[:WORST_KEPT] if order[row] > 0]
    made.worst = heapq.nlargest(WORST_KEPT, [*made.worst, *map(entry, rows)], key=Disagreement.rank)
