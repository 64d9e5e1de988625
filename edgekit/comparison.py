"""Comparison: original and artifact on the same raw samples, shard by shard, in child processes."""

from __future__ import annotations

import heapq
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.answers import Answers
from edgekit.artifacts import Artifact
from edgekit.contract import Contract
from edgekit.errors import DataError, nearest
from edgekit.metrics import OutputError
from edgekit.samples import Samples
from edgekit.sessions import open_session

CHUNK = 16
"""Samples that are read, run and compared at a time."""
WORST_KEPT = 8


@dataclass(frozen=True, kw_only=True)
class Disagreement:
    """A sample and how far the two answers to it are apart (half the L1 distance of the scores, or the largest error).

    Attributes:
        index: Number of the sample.
        distance: How far apart.
        reference: The original's scores, where the model is a classifier.
        candidate: The artifact's scores.
        flipped: Whether the answer changed.
    """

    index: int
    distance: float
    flipped: bool
    reference: tuple[float, ...] | None
    candidate: tuple[float, ...] | None

    def rank(self) -> tuple[bool, float, int]:
        """Return the order of interest: changed answers first, then the farthest apart."""
        return self.flipped, self.distance, -self.index


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
    worst: list[Disagreement] = field(default_factory=list)
    runtime: str = ""

    def merge(self, other: Comparison) -> None:
        """Add another shard."""
        for name in ("samples", "agree", "both", "lost", "won", "not_finite"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name, error in other.errors.items():
            self.errors.setdefault(name, OutputError()).merge(error)
        self.worst = heapq.nlargest(WORST_KEPT, [*self.worst, *other.worst], key=Disagreement.rank)
        self.runtime = other.runtime


@dataclass(frozen=True, kw_only=True)
class Shard:
    """A unit of work: some samples, compared in one process.

    Attributes:
        artifact: What is compared with the original.
        contract: The original's contract; raw samples are prepared by it, for both sides.
        samples: All samples.
        answers: The original's answers to all samples.
        start: First sample of the shard.
        stop: One past the last.
        runtime: What runs the artifact; None: the preferred one.
        delegate: Accelerator; None: the CPU.
        threads: Threads of the runtime.
        names: What inputs and outputs of the original are called in the artifact, where that differs.
    """

    artifact: Artifact
    contract: Contract
    samples: Samples
    answers: Answers
    start: int
    stop: int
    runtime: str | None = None
    delegate: str | None = None
    threads: int = 1
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
    made = Comparison()
    with open_session(shard.artifact, runtime=shard.runtime, delegate=shard.delegate, threads=shard.threads) as session:
        made.runtime = session.runtime
        ours, theirs = shard.contract, session.contract
        _check_told(shard.names, ours, theirs)
        inputs = bind([spec.name for spec in ours.inputs], [spec.name for spec in theirs.inputs], shard.names)
        outputs = bind([spec.name for spec in ours.outputs], [spec.name for spec in theirs.outputs], shard.names)
        for start in range(shard.start, shard.stop, CHUNK):
            stop = min(start + CHUNK, shard.stop)
            feeds = {inputs[name]: value for name, value in shard.samples.read(start, stop, shard.contract).items()}
            found = _one_by_one(session, feeds, stop - start)
            _add(made, shard, start, shard.answers.read(start, stop), {n: found[other] for n, other in outputs.items()})
    return made


def _one_by_one(session: Any, feeds: dict[str, NDArray[Any]], count: int) -> dict[str, NDArray[Any]]:
    """Run samples one at a time, as a device does."""
    runs = [session.run(**{name: value[i : i + 1] for name, value in feeds.items()}) for i in range(count)]
    return {name: np.concatenate([run[name] for run in runs]) for name in runs[0]}


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


def _add(
    made: Comparison, shard: Shard, start: int, reference: dict[str, NDArray[Any]], candidate: dict[str, NDArray[Any]]
) -> None:
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
    scores = class_output(shard.contract, shard.samples)
    name = scores or next(iter(reference))
    flipped = np.zeros(count, bool)
    if scores is not None:
        labels = shard.samples.labels
        flipped = _count(made, reference[name], candidate[name], finite, labels and labels[start : start + count])
    _remember(made, start, reference[name], candidate[name], flipped, classes=scores is not None)


def class_output(contract: Contract, samples: Samples) -> str | None:
    """Return the output that holds one score per class.

    It is the output that the contract says so of; or, with labelled samples, the only output with two axes.
    """
    if contract.classifier is not None:
        return contract.classifier.name
    flat = [spec.name for spec in contract.outputs if len(spec.shape) == 2 and (spec.shape[1] or 0) > 1]
    return flat[0] if samples.labels is not None and len(flat) == 1 else None


def _count(
    made: Comparison,
    reference: NDArray[Any],
    candidate: NDArray[Any],
    finite: NDArray[np.bool_],
    labels: Sequence[int] | None,
) -> NDArray[np.bool_]:
    """Count right and equal answers; an answer with NaN in it is wrong, and equal to nothing."""
    first = reference.argmax(1)
    second = np.where(finite, np.nan_to_num(candidate).argmax(1), -1)
    made.agree += int((first == second).sum())
    if labels is not None:
        before, after = first == np.asarray(labels), second == np.asarray(labels)
        made.both += int((before & after).sum())
        made.lost += int((before & ~after).sum())
        made.won += int((~before & after).sum())
    found: NDArray[np.bool_] = first != second
    return found


def _remember(
    made: Comparison,
    start: int,
    reference: NDArray[Any],
    candidate: NDArray[Any],
    flipped: NDArray[np.bool_],
    *,
    classes: bool,
) -> None:
    error = np.nan_to_num(np.abs(reference.astype(np.float64) - candidate)).reshape(len(reference), -1)
    distances = error.sum(1) / 2 if classes else error.max(1)
    for index in np.argsort(-(distances + 1e6 * flipped), kind="stable")[:WORST_KEPT]:
        entry = Disagreement(
            index=start + int(index),
            distance=float(distances[index]),
            flipped=bool(flipped[index]),
            reference=tuple(float(v) for v in reference[index]) if classes else None,
            candidate=tuple(float(v) for v in np.nan_to_num(candidate[index])) if classes else None,
        )
        if entry.distance > 0 or entry.flipped:
            made.worst.append(entry)
    made.worst = heapq.nlargest(WORST_KEPT, made.worst, key=Disagreement.rank)
