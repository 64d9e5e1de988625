"""Comparison: original and artifact on the same raw samples, shard by shard, in child processes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

from edgekit.contract.alignment import differences, fed, in_our_order
from edgekit.contract.contract import Contract
from edgekit.data.samples import Samples
from edgekit.errors import DataError, nearest
from edgekit.evaluation.answer_cache import KeptAnswers
from edgekit.evaluation.metrics import Measure
from edgekit.evaluation.reference import Answers
from edgekit.evaluation.tally import Comparison, Tally
from edgekit.inference.placement import Placement
from edgekit.inference.sessions import open_session
from edgekit.models.artifact import Artifact
from edgekit.system.digests import Digest, value_digest

CHUNK = 16
"""Samples that are read, run and compared at a time."""


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
        placement: What runs the artifact.
        names: What inputs and outputs of the original are called in the artifact, where that differs.
    """

    artifact: Artifact
    contract: Contract
    samples: Samples
    answers: Answers
    measure: Measure | None
    start: int
    stop: int
    placement: Placement
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
    with kept.resumable(), open_session(shard.artifact, **asdict(shard.placement)) as session:
        ours, theirs = shard.contract, session.contract
        _check_told(shard.names, ours, theirs)
        inputs = bind([spec.name for spec in ours.inputs], [spec.name for spec in theirs.inputs], shard.names)
        outputs = bind([spec.name for spec in ours.outputs], [spec.name for spec in theirs.outputs], shard.names)
        contract = fed(ours, theirs, inputs) if session.has_contract else ours
        tally = Tally(shard.contract, shard.samples, shard.answers, shard.measure)
        tally.made.runtime, tally.made.delegation = session.runtime, session.delegation
        tally.made.fallback = session.fallback
        tally.made.differences = differences(ours, theirs, inputs, outputs) if session.has_contract else None
        for start in range(shard.start, shard.stop, CHUNK):
            stop = min(start + CHUNK, shard.stop)
            read = shard.samples.read(start, stop, contract)
            tally.add_inputs(read, shard.artifact.calibrated_range)
            found = kept.get(start) or session.run_each(**{inputs[name]: value for name, value in read.items()})
            kept.keep(start, found)
            tally.add(start, {n: in_our_order(found[o], ours.output(n), theirs.output(o)) for n, o in outputs.items()})
    return tally.made


def _key(shard: Shard) -> Digest | None:
    """Return what tells apart all that a device's answers to a shard depend on; None: it is no device."""
    if not shard.placement.is_remote:
        return None
    placement = {name: value for name, value in asdict(shard.placement).items() if name != "benchmark_model"}
    return value_digest([shard.artifact.digest(), shard.samples.digest(), placement, shard.start, shard.stop, CHUNK])


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
