"""Diagnosis: first the stage that brings the error in, then the operators, each confirmed by putting it right."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.conversion.batches import CalibrationBatches
from edgekit.conversion.derivation import convert_float
from edgekit.data.loading import DataLike, fit_to_model, load_samples
from edgekit.data.samples import Samples
from edgekit.debugging.delta_debugging import Measure, fewest
from edgekit.debugging.findings import GOOD_DB, HEALTHY, Diagnosis, Stage, share, worded
from edgekit.debugging.operators import Operator, compare_operators
from edgekit.debugging.rebuilding import Rebuilder
from edgekit.errors import ConversionError, DataError
from edgekit.evaluation.output_error import decibel
from edgekit.formats.tflite.graph import operator_types, read_graph
from edgekit.formats.tflite.model_explorer import write_overlay
from edgekit.formats.tflite.rounding import measure, with_rounding
from edgekit.formats.tflite.subgraphs import Runner, name_of, prefix, single, tensor_feeds
from edgekit.graph.freezing import freeze
from edgekit.inference.sessions import open_session
from edgekit.models.artifact import Artifact, load_artifact
from edgekit.models.frozen_graph import FrozenGraph
from edgekit.models.tuned_model import TunedModel
from edgekit.original.finished import load_model
from edgekit.quantization.methods import NEAREST, rounding_method
from edgekit.report.refresh import keep_diagnosis
from edgekit.system.files import make_folder, write_bytes, write_json
from edgekit.system.optional import installed_version
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
    given = fit_to_model(load_samples(data), original.contract)
    if not len(given):
        raise DataError("edgekit debug needs samples, and there are none")
    chosen = given.take(range(min(samples, len(given))))
    with tempfile.TemporaryDirectory(prefix="edgekit-debug-") as folder, progress("debug", shows=shows) as advance:
        advance(0, EXPECTED, "convert")
        graph = freeze(original, Path(folder))
        file = Path(folder) / "float.tflite"
        convert_float("tflite", graph, file)
        found = _Search(original, shipped, chosen, graph, file.read_bytes(), Path(out), advance).run()
    report = keep_diagnosis(shipped, found.to_json())
    return replace(found, report=None if report is None else str(report))


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
    def places(self) -> tuple[str, ...]:
        """The tensors whose error is meant: the outputs, or, of probabilities, what they are made of."""
        loaded, types = read_graph(self.model), operator_types(self.model)
        graph = loaded.subgraphs[0]
        makers = {
            int(op.outputs[0]): (kind, int(op.inputs[0])) for op, kind in zip(graph.operators, types, strict=True)
        }
        found = []
        for index in graph.outputs:
            kind, before = makers.get(int(index), ("", int(index)))
            found.append(name_of(graph, before if kind in LAST else int(index)))
        return tuple(found)

    def answers(self, model: bytes, *, delegate: bool = True) -> list[Array]:
        """Return what a model gives at the places for each sample; it is cut there, so that all else is as it was."""
        self.evaluations += 1
        self.progress(self.evaluations, max(EXPECTED, self.evaluations), "models run")
        loaded = read_graph(model)
        names = {tensor.name.decode(): index for index, tensor in enumerate(loaded.subgraphs[0].tensors)}
        missing = [name for name in self.places if name not in names]
        if missing:
            raise ConversionError(f"the artifact has no tensor {missing[0]!r}: another converter made it")
        runner = Runner(prefix(loaded, [names[name] for name in self.places]), delegate=delegate)
        found = []
        for feeds in self.feeds:
            made = runner.run(feeds)
            found.append(np.concatenate([np.asarray(made[name], np.float64).ravel() for name in self.places]))
        return found

    @functools.cached_property
    def wanted(self) -> list[Array]:
        return self.answers(self.model)

    def noise(self, model: bytes, *, delegate: bool = True) -> float:
        """Return the noise of a model's answers as a share of the signal."""
        return share(self.wanted, self.answers(model, delegate=delegate))

    def run(self) -> Diagnosis:
        stages = self._stages()
        worst = max(stages, key=lambda each: -np.inf if each.sqnr_db is None else -each.sqnr_db)
        stage = None if worst.sqnr_db is None or worst.sqnr_db >= GOOD_DB else worst.stage
        operators, measured = compare_operators(self.model, self.shipped, self.feeds)
        self.evaluations += 2  # the float file and the artifact, each operator of both once per sample
        known: dict[str, Any] = {
            "variant": self.artifact.name, "samples": len(self.samples), "stages": stages, "stage": stage,
            "measured_at": ", ".join(self.places), "operators": operators,
        }  # fmt: skip
        overlay = self._overlay(operators)
        if stage == "quantization":
            known |= self._culprits(operators, measured)
        found = Diagnosis(**known, evaluations=self.evaluations, overlay=overlay)
        reproducer = self._reproducer(found.culprits[0]) if found.culprits else None
        made = worded(replace(found, reproducer=reproducer, drift=self._drift(found)))
        write_json(self.out / "debug.json", made.to_json())
        return made

    def _stages(self) -> tuple[Stage, ...]:
        with open_session(self.original) as session:
            asked = [
                session.run(**self.samples.read(i, i + 1, self.original.contract)) for i in range(len(self.samples))
            ]
        self.evaluations += 1
        with tempfile.TemporaryDirectory(prefix="edgekit-debug-") as folder:
            file = Path(folder) / "float.tflite"
            file.write_bytes(self.model)
            contract = self.graph.contract
            with open_session(Artifact(path=file, file=file, format="tflite")) as session:
                batches = CalibrationBatches(self.samples, self.original.contract, self.graph.front)
                float_answers = [session.run(**batch) for batch in batches]
        self.evaluations += 1
        names = [spec.name for spec in contract.outputs]
        both = [
            [np.concatenate([np.asarray(answer[n], np.float64).ravel() for n in names]) for answer in answers]
            for answers in (asked, float_answers)
        ]
        plain = self.answers(self.shipped, delegate=False)
        served = self.answers(self.shipped)
        return (
            Stage(stage="float conversion", sqnr_db=decibel(1.0, share(*both))),
            Stage(stage="quantization", sqnr_db=decibel(1.0, share(self.wanted, plain))),
            Stage(stage="delegate", sqnr_db=decibel(1.0, share(plain, served))),
        )

    def _culprits(self, operators: Sequence[Operator], measured: dict[str, tuple[float, float]]) -> dict[str, Any]:
        """Find the operators without which the error is gone, by building the artifact anew with them put right."""
        rebuilder = Rebuilder(self.model, self.shipped, measured)
        known: dict[frozenset[str], float] = {}

        def error(restored: frozenset[str]) -> float:
            if restored not in known:
                known[restored] = self.noise(rebuilder.build(restored))
            return known[restored]

        before, healthy = error(frozenset()), None
        if rebuilder.precision is not None:  # of integer weights alone nothing says how they were made
            anew = self._as_rounded(rebuilder.build(frozenset(), whole=True))
            healthy = self.noise(anew)
        known_db = None if healthy is None else decibel(1.0, healthy)
        found: dict[str, Any] = {"sqnr_db": decibel(1.0, before), "healthy_db": known_db}
        if healthy is not None and before > HEALTHY * healthy:
            names = self._faulty(operators, anew, rebuilder, error, HEALTHY * healthy)
        else:
            ranked = [operator.name for operator in operators if operator.name in rebuilder.operators]
            names = _fewest(ranked[: max(2, round(FEW * len(ranked)))], error, before / COSTLY)
        if names:
            by_name = {operator.name: operator for operator in operators}
            found["culprits"] = tuple(by_name[name] for name in names)
            found["restored_db"] = decibel(1.0, error(frozenset(names)))
        return found

    def _as_rounded(self, anew: bytes) -> bytes:
        """Round the weights of a file as those of the artifact were."""
        method = rounding_method(self.artifact.rounding or NEAREST)
        if not method.MEASURES:
            return anew
        self.evaluations += 1
        batches = CalibrationBatches(self.samples, self.original.contract, self.graph.front)
        return with_rounding(anew, self.model, measure(self.model, batches), method.rounded)[0]

    def _faulty(
        self, operators: Sequence[Operator], anew: bytes, rebuilder: Rebuilder, error: Measure, wanted: float
    ) -> list[str]:
        """Return the operators that are worse than the same ones quantized anew, and bring the error in."""
        healthy = {operator.name: operator.alone_db for operator in compare_operators(self.model, anew, self.feeds)[0]}
        self.evaluations += 1
        suspects = [
            operator.name
            for operator in operators
            if operator.name in rebuilder.operators and _worse(operator.alone_db, healthy.get(operator.name))
        ]
        names = _fewest(suspects, error, wanted)
        for name in suspects[: 2 * len(names) + 2] if names else []:
            if name not in names and error(frozenset([*names, name])) <= TELLING * error(frozenset(names)):
                names.append(name)
        return names

    def _overlay(self, operators: Sequence[Operator]) -> str:
        """Write the error of each operator, red where it is largest."""
        results = {op.name: {"value": op.alone_db} for op in operators if op.alone_db is not None}
        gradient = [
            {"stop": 0, "bgColor": "#b3261e"},
            {"stop": 0.5, "bgColor": "#f2c14e"},
            {"stop": 1, "bgColor": "#dfe9e2"},
        ]
        path = make_folder(self.out) / "overlay.json"
        write_overlay(path, results, gradient)
        return str(path)

    def _drift(self, found: Diagnosis) -> str | None:
        if installed_version("matplotlib") is None:
            return None
        from edgekit.report.drift import draw_drift
        from edgekit.report.themed_svg import as_file

        path = self.out / "drift.svg"
        write_bytes(path, as_file(draw_drift(found.to_json())).encode())
        return str(path)

    def _reproducer(self, culprit: Operator) -> str:
        """Write the culprit alone, as it ships and in float, with what goes into it for one sample."""
        folder = make_folder(self.out / "reproducer")
        for name, model in (("artifact", self.shipped), ("float", self.model)):
            loaded = read_graph(model)
            names = [name_of(loaded.subgraphs[0], int(op.outputs[0])) for op in loaded.subgraphs[0].operators]
            write_bytes(folder / f"{name}.tflite", single(loaded, names.index(culprit.name)))
        runner = Runner(self.model, inside=True)
        runner.run(self.feeds[0])
        alone = Runner((folder / "float.tflite").read_bytes())
        inputs = runner.tensors(list(alone.inputs)) | {n: v for n, v in self.feeds[0].items() if n in alone.inputs}
        np.savez(folder / "inputs.npz", **inputs)  # type: ignore[arg-type]  # the stub takes a name for a flag
        return str(folder)


def _fewest(suspects: Sequence[str], error: Measure, wanted: float) -> list[str]:
    """Return the fewest suspects that bring the error down; none, if all of them together do not."""
    if not suspects or error(frozenset(suspects)) > wanted:
        return []
    return fewest(suspects, error, wanted)


def _worse(found: float | None, healthy: float | None) -> bool:
    if found is None:
        return False
    return healthy is None or found < healthy - WORSE_DB
