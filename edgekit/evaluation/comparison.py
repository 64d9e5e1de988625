"""Comparison: original and artifact on the same raw samples, shard by shard, in child processes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from msgspec.structs import asdict

from edgekit.adapters.metric import Measure
from edgekit.adapters.session import Session
from edgekit.contract.alignment import differences, fed, in_our_order
from edgekit.contract.batch import Batch
from edgekit.contract.binding import bind, by_shape
from edgekit.contract.contract import Contract
from edgekit.contract.layout import in_layout, turned
from edgekit.contract.shape import shown_shape
from edgekit.data.samples import Samples
from edgekit.errors import DataError, nearest
from edgekit.evaluation.answer_cache import KeptAnswers
from edgekit.evaluation.reference import Answers
from edgekit.evaluation.tally import Comparison, Execution, Tally
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
    cache = KeptAnswers(_key(shard), shard.stop - shard.start)
    with cache.resumable(), open_session(shard.artifact, **asdict(shard.placement)) as session:
        pairing = pair(shard.contract, session, shard.names)
        tally = _tally(shard, pairing.execution)
        for start in range(shard.start, shard.stop, CHUNK):
            batch = shard.samples.read(start, min(start + CHUNK, shard.stop), pairing.feeding)
            tally.add_inputs(batch, shard.artifact.calibrated_range)
            answers = cache.get(start) or session.run_each(**pairing.theirs(batch))
            cache.keep(start, answers)
            tally.add(start, shard.answers.in_layout(pairing.ours(answers)))
    return tally.comparison


def compare_answers(shard: Shard, answers: Batch, execution: Execution) -> Comparison:
    """Compare answers that are at hand with the original's.

    Args:
        shard: What would have been asked.
        answers: To its samples, by the original's names.
        execution: How they came about.
    """
    tally = _tally(shard, execution)
    for start in range(shard.start, shard.stop, CHUNK):
        rows = slice(start - shard.start, min(start + CHUNK, shard.stop) - shard.start)
        tally.add(start, {name: values[rows] for name, values in answers.items()})
    return tally.comparison


def _tally(shard: Shard, execution: Execution) -> Tally:
    return Tally(shard.contract, shard.samples, shard.answers, shard.measure, execution)


@dataclass(frozen=True, kw_only=True)
class Pairing:
    """Which inputs and outputs of an original and a running artifact belong together.

    Attributes:
        original: The original's contract.
        artifact: The artifact's.
        feeding: How raw samples become what the artifact takes: its own contract, under the original's names.
        inputs: By the original's names, the artifact's.
        outputs: Likewise.
        execution: How the artifact is run.
    """

    original: Contract
    artifact: Contract
    feeding: Contract
    inputs: Mapping[str, str]
    outputs: Mapping[str, str]
    execution: Execution

    def theirs(self, batch: Batch) -> Batch:
        """Return inputs by the artifact's names, channels where it has them."""
        return {
            theirs: in_layout(batch[ours], self.artifact.input(theirs).shape) for ours, theirs in self.inputs.items()
        }

    def ours(self, answers: Batch) -> Batch:
        """Return outputs by the original's names, classes in the order of its labels."""
        return {
            ours: in_our_order(answers[theirs], self.original.output(ours), self.artifact.output(theirs))
            for ours, theirs in self.outputs.items()
        }


def pair(original: Contract, session: Session, names: Mapping[str, str]) -> Pairing:
    """Pair an original with a running artifact.

    Args:
        original: The original's contract.
        session: The artifact.
        names: What inputs and outputs of the original are called in the artifact, where that differs.

    Raises:
        DataError: Inputs or outputs of the two cannot be told apart by name.
    """
    artifact = session.contract
    _check_names(names, original, artifact)
    inputs = bind(original.inputs, artifact.inputs, names)
    outputs = bind(original.outputs, artifact.outputs, names)
    unlike = None
    if session.has_contract:
        unlike = tuple(differences(original, artifact, inputs, outputs))
    return Pairing(
        original=original,
        artifact=artifact,
        feeding=fed(original, artifact, inputs) if session.has_contract else original,
        inputs=inputs,
        outputs=outputs,
        execution=Execution(
            runtime=session.runtime,
            delegation=session.delegation,
            fallback=session.fallback,
            differences=unlike,
            bridges=tuple(_bridges(original, artifact, inputs, outputs, names)),
        ),
    )


def _bridges(
    original: Contract,
    artifact: Contract,
    inputs: Mapping[str, str],
    outputs: Mapping[str, str],
    names: Mapping[str, str],
) -> Iterator[str]:
    """Say what was done so that two models can be compared whose names or layouts differ."""
    guessed = {**by_shape(inputs, names), **by_shape(outputs, names)}
    if guessed:
        pairs = ", ".join(f"{ours}={theirs}" for ours, theirs in guessed.items())
        yield f"the names differ; by shape and dtype they fit in one way alone: {pairs}"
    shapes = [(spec.name, spec.shape, artifact.input(inputs[spec.name]).shape) for spec in original.inputs]
    shapes += [(spec.name, spec.shape, artifact.output(outputs[spec.name]).shape) for spec in original.outputs]
    for name, ours, theirs in shapes:
        if turned(ours, theirs) is not None:
            yield f"{name}: the channels lie elsewhere, {shown_shape(ours)} is {shown_shape(theirs)} in the artifact"


def _key(shard: Shard) -> Digest | None:
    """Return what tells apart all that a device's answers to a shard depend on; None: it is no device."""
    if not shard.placement.is_remote:
        return None
    placement = {name: value for name, value in asdict(shard.placement).items() if name != "benchmark_model"}
    return value_digest([shard.artifact.digest(), shard.samples.digest(), placement, shard.start, shard.stop, CHUNK])


def _check_names(names: Mapping[str, str], original: Contract, artifact: Contract) -> None:
    for ours, theirs in names.items():
        for contract, name, side in ((original, ours, "original"), (artifact, theirs, "artifact")):
            if name not in contract.names:
                raise DataError(
                    f"the {side} has no {name!r}{nearest(name, contract.names)} "
                    f"(it has: {', '.join(sorted(contract.names))})"
                )
