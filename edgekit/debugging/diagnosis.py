"""Diagnosis: first the stage that brings the error in, then the operators, each confirmed by putting it right."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from edgekit.contract.batch import Batch
from edgekit.conversion.batches import CalibrationBatches
from edgekit.conversion.derivation import convert_float
from edgekit.data.loading import DataLike, fit_to_model, load_samples
from edgekit.data.samples import Samples
from edgekit.debugging.delta_debugging import Measure, fewest
from edgekit.debugging.exhibits import write_drift, write_operator_overlay, write_reproducer
from edgekit.debugging.findings import GOOD_DB, HEALTHY, share, worded
from edgekit.debugging.operators import compare_operators
from edgekit.debugging.rebuilding import Rebuilder
from edgekit.documents.diagnosis import Diagnosis, Operator, Stage
from edgekit.errors import ConversionError, DataError
from edgekit.evaluation.output_error import decibel
from edgekit.evaluation.release import with_their_words
from edgekit.formats.tflite.graph import operator_types, read_graph, write_graph
from edgekit.formats.tflite.rounding import measure, round_weights
from edgekit.formats.tflite.subgraphs import Runner, name_of, prefix, tensor_feeds
from edgekit.graph.freezing import freeze
from edgekit.inference.sessions import open_session
from edgekit.models.artifact import Artifact, load_artifact
from edgekit.models.frozen_graph import FrozenGraph
from edgekit.models.tuned_model import TunedModel
from edgekit.original.finished import load_model
from edgekit.quantization.methods import NEAREST, rounding_method
from edgekit.report.refresh import keep_diagnosis
from edgekit.system.files import write_json
from edgekit.system.progress import Advance, progress

Array = NDArray[Any]
SAMPLES = 16
EXPECTED = 15
"""Models that are run as a rule; what the progress bar counts to."""
WORSE_DB = 3.0
"""An operator that is so much worse alone than the same one quantized anew is a suspect."""
COSTLY = 10.0
"""Where nothing is wrong but int8 itself, culprits have to take nine tenths of the noise with them."""
TELLING = 0.9
"""A further culprit leaves at most this share of the noise."""
FEW = 0.25
"""More culprits than this share of the operators are no culprits: the error is spread."""
LAST = ("SOFTMAX", "LOGISTIC")
"""Operators at the end that flatten errors; they are compared before them."""


def debug(
    model: TunedModel | str | Path,
    artifact: Artifact | str | Path,
    *,
    data: DataLike,
    out: str | Path,
    samples: int = SAMPLES,
    shows: bool = False,
) -> Diagnosis:
    """Find where the error of a TFLite artifact enters.

    Args:
        model: The original.
        artifact: What ships.
        data: Raw samples; the first ones are taken.
        out: Folder for the reproducer and the overlay.
        samples: How many.
        shows: Show progress on stderr.

    Raises:
        ConversionError: The artifact is no TFLite file, or its operators cannot be told by name.
        DataError: There are no samples, or they do not fit.
    """
    original = model if isinstance(model, TunedModel) else load_model(model)
    shipped = artifact if isinstance(artifact, Artifact) else load_artifact(artifact)
    if shipped.format != "tflite":
        raise ConversionError(f"edgekit debug reads TFLite files; {shipped.file} is {shipped.format}")
    said = with_their_words(original, [shipped], {})
    original = said if isinstance(said, TunedModel) else original
    samples_given = fit_to_model(load_samples(data, original.contract), original.contract, labelled=False)
    if not len(samples_given):
        raise DataError("edgekit debug needs samples, and there are none")
    first = samples_given.take(range(min(samples, len(samples_given))))
    with tempfile.TemporaryDirectory(prefix="edgekit-debug-") as folder, progress("debug", shows=shows) as advance:
        advance(0, EXPECTED, "convert")
        graph = freeze(original, Path(folder))
        file = Path(folder) / "float.tflite"
        convert_float("tflite", graph, file)
        diagnosis = _Search(original, shipped, first, graph, file.read_bytes(), Path(out), advance).run()
    report = keep_diagnosis(shipped, diagnosis)
    return replace(diagnosis, report=None if report is None else str(report))


@dataclass
class _Search:
    original: TunedModel
    artifact: Artifact
    samples: Samples
    graph: FrozenGraph
    model: bytes
    out: Path
    progress: Advance
    evaluations: int = field(default=0)

    @functools.cached_property
    def shipped(self) -> bytes:
        return self.artifact.file.read_bytes()

    @functools.cached_property
    def feeds(self) -> list[dict[str, Array]]:
        """The samples by the names of the float file's input tensors."""
        batches = CalibrationBatches(self.samples, self.original.contract, self.graph.front)
        return tensor_feeds(self.model, batches)

    @functools.cached_property
    def tensors(self) -> tuple[str, ...]:
        """The tensors whose error is meant: the outputs, or, of probabilities, what they are made of."""
        loaded, types = read_graph(self.model), operator_types(self.model)
        graph = loaded.subgraphs[0]
        makers = {
            int(op.outputs[0]): (kind, int(op.inputs[0])) for op, kind in zip(graph.operators, types, strict=True)
        }
        names = []
        for index in graph.outputs:
            kind, before = makers.get(int(index), ("", int(index)))
            names.append(name_of(graph, before if kind in LAST else int(index)))
        return tuple(names)

    def answers(self, model: bytes, *, delegate: bool = True) -> list[Array]:
        """Return a model's values of the tensors for each sample; it is cut there, so that all else is as it was."""
        self.evaluations += 1
        self.progress(self.evaluations, max(EXPECTED, self.evaluations), "models run")
        loaded = read_graph(model)
        indices = {tensor.name.decode(): index for index, tensor in enumerate(loaded.subgraphs[0].tensors)}
        missing = [name for name in self.tensors if name not in indices]
        if missing:
            raise ConversionError(f"the artifact has no tensor {missing[0]!r}: another converter made it")
        runner = Runner(prefix(loaded, [indices[name] for name in self.tensors]), delegate=delegate)
        return [_joined(runner.run(feeds), self.tensors) for feeds in self.feeds]

    @functools.cached_property
    def references(self) -> list[Array]:
        """What the float file gives."""
        return self.answers(self.model)

    def noise(self, model: bytes, *, delegate: bool = True) -> float:
        """Return the noise of a model's answers as a share of the signal."""
        return share(self.references, self.answers(model, delegate=delegate))

    def run(self) -> Diagnosis:
        stages = self._stages()
        worst = max(stages, key=lambda stage: -np.inf if stage.sqnr_db is None else -stage.sqnr_db)
        costly = worst.sqnr_db is not None and worst.sqnr_db < GOOD_DB
        operators, ranges = compare_operators(self.model, self.shipped, self.feeds)
        self.evaluations += 2  # the float file and the artifact, each operator of both once per sample
        diagnosis = Diagnosis(
            variant=self.artifact.name,
            samples=len(self.samples),
            stages=stages,
            stage=worst.stage if costly else None,
            measured_at=", ".join(self.tensors),
            operators=operators,
            overlay=write_operator_overlay(self.out, operators),
        )
        if diagnosis.stage == "quantization":
            diagnosis = self._with_culprits(diagnosis, ranges)
        diagnosis = replace(diagnosis, evaluations=self.evaluations)
        if diagnosis.culprits:
            reproducer = write_reproducer(self.out, diagnosis.culprits[0], self.shipped, self.model, self.feeds[0])
            diagnosis = replace(diagnosis, reproducer=reproducer)
        diagnosis = worded(replace(diagnosis, drift=write_drift(self.out, diagnosis)))
        write_json(self.out / "debug.json", diagnosis.to_json())
        return diagnosis

    def _stages(self) -> tuple[Stage, ...]:
        names = [spec.name for spec in self.graph.contract.outputs]
        original = [_joined(answers, names) for answers in self._original_answers()]
        converted = [_joined(answers, names) for answers in self._float_answers()]
        plain = self.answers(self.shipped, delegate=False)
        served = self.answers(self.shipped)
        return (
            Stage(stage="float conversion", sqnr_db=decibel(1.0, share(original, converted))),
            Stage(stage="quantization", sqnr_db=decibel(1.0, share(self.references, plain))),
            Stage(stage="delegate", sqnr_db=decibel(1.0, share(plain, served))),
        )

    def _original_answers(self) -> list[Batch]:
        self.evaluations += 1
        contract = self.original.contract
        with open_session(self.original) as session:
            return [session.run(**self.samples.read(index, index + 1, contract)) for index in range(len(self.samples))]

    def _float_answers(self) -> list[Batch]:
        self.evaluations += 1
        with tempfile.TemporaryDirectory(prefix="edgekit-debug-") as folder:
            file = Path(folder) / "float.tflite"
            file.write_bytes(self.model)
            with open_session(Artifact(path=file, file=file, format="tflite")) as session:
                batches = CalibrationBatches(self.samples, self.original.contract, self.graph.front)
                return [session.run(**batch) for batch in batches]

    def _with_culprits(self, diagnosis: Diagnosis, ranges: Mapping[str, tuple[float, float]]) -> Diagnosis:
        """Find the operators without which the error is gone, by building the artifact anew with them put right."""
        rebuilder = Rebuilder(self.model, self.shipped, ranges)

        @functools.cache
        def error(restored: frozenset[str]) -> float:
            return self.noise(rebuilder.build(restored))

        before, healthy = error(frozenset()), None
        if rebuilder.precision is not None:  # of integer weights alone nothing says how they were made
            anew = self._as_rounded(rebuilder.build(frozenset(), healthy=True))
            healthy = self.noise(anew)
        if healthy is not None and before > HEALTHY * healthy:
            names = self._faulty(diagnosis.operators, anew, rebuilder, error, HEALTHY * healthy)
        else:
            ranked = [operator.name for operator in diagnosis.operators if operator.name in rebuilder.operators]
            names = _fewest(ranked[: max(2, round(FEW * len(ranked)))], error, before / COSTLY)
        by_name = {operator.name: operator for operator in diagnosis.operators}
        return replace(
            diagnosis,
            sqnr_db=decibel(1.0, before),
            healthy_db=None if healthy is None else decibel(1.0, healthy),
            culprits=tuple(by_name[name] for name in names),
            restored_db=decibel(1.0, error(frozenset(names))) if names else None,
        )

    def _as_rounded(self, anew: bytes) -> bytes:
        """Round the weights of a file as those of the artifact were."""
        method = rounding_method(self.artifact.rounding or NEAREST)
        if not method.MEASURES:
            return anew
        self.evaluations += 1
        batches = CalibrationBatches(self.samples, self.original.contract, self.graph.front)
        loaded = read_graph(anew)
        round_weights(loaded, read_graph(self.model), measure(self.model, batches), method.rounded)
        return write_graph(loaded)

    def _faulty(
        self, operators: Sequence[Operator], anew: bytes, rebuilder: Rebuilder, error: Measure, goal: float
    ) -> list[str]:
        """Return the operators that are worse than the same ones quantized anew, and bring the error in."""
        healthy = {operator.name: operator.alone_db for operator in compare_operators(self.model, anew, self.feeds)[0]}
        self.evaluations += 1
        suspects = [
            operator.name
            for operator in operators
            if operator.name in rebuilder.operators and _worse(operator.alone_db, healthy.get(operator.name))
        ]
        names = _fewest(suspects, error, goal)
        for name in suspects[: 2 * len(names) + 2] if names else []:
            if name not in names and error(frozenset([*names, name])) <= TELLING * error(frozenset(names)):
                names.append(name)
        return names


def _joined(answers: Batch, names: Sequence[str]) -> Array:
    """Return the values of some tensors as one vector, in float64."""
    return np.concatenate([np.asarray(answers[name], np.float64).ravel() for name in names])


def _fewest(suspects: Sequence[str], error: Measure, goal: float) -> list[str]:
    """Return the fewest suspects that bring the error down; none, if all of them together do not."""
    if not suspects or error(frozenset(suspects)) > goal:
        return []
    return fewest(suspects, error, goal)


def _worse(ratio: float | None, healthy: float | None) -> bool:
    """Whether a ratio in dB is so much worse than that of the same operator quantized anew that it is a suspect."""
    if ratio is None:
        return False
    return healthy is None or ratio < healthy - WORSE_DB
