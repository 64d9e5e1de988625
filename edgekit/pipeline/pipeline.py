"""The whole job: a recipe becomes a tuned model, artifacts, a parity verdict for each, and a report.

Each stage is kept under the digest of its inputs, so that a run that was killed goes on where it stopped, and ends with
the same artifacts as one that was not.
"""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from edgekit.conversion.conversion import convert_all
from edgekit.conversion.intermediates import kept_in
from edgekit.conversion.job import Conversion
from edgekit.data.loading import fit_to_model
from edgekit.data.samples import Samples
from edgekit.data.splits import DataSplit
from edgekit.documents.bench import BenchReport
from edgekit.documents.parity import ParityReport
from edgekit.documents.run import CalibrationCurve, RunReport
from edgekit.errors import EdgekitError
from edgekit.evaluation.intervals import require_statistics
from edgekit.evaluation.parity import Check
from edgekit.evaluation.reference import original_answers
from edgekit.evaluation.tally import Comparison
from edgekit.inference.latency import bench
from edgekit.inference.placement import Placement
from edgekit.models.artifact import ARTIFACT_FILE, Artifact
from edgekit.models.frozen_graph import load_frozen
from edgekit.models.tuned_model import TunedModel
from edgekit.pipeline.calibration_curve import calibration_curve
from edgekit.pipeline.run_folder import Original, RunFolder, open_run
from edgekit.recipe.recipe import ParityRecipe, Recipe
from edgekit.report import write_report
from edgekit.report.document import Measurements, RunFacts, artifact_entry, not_compared, run_report
from edgekit.report.refresh import report_lock
from edgekit.system.digests import value_digest
from edgekit.system.files import check_replaceable, read_json, write_json
from edgekit.system.processes import ChildExecutor, cores, preload
from edgekit.system.progress import progress
from edgekit.system.versions import tool_versions

LATENCY_RUNS = 30


def run(
    recipe: Recipe, out: Path, *, shows: bool = False, command: str | None = None, split: DataSplit | None = None
) -> RunReport:
    """Do all that a recipe asks for.

    Args:
        recipe: What to build.
        out: Folder of the run; what it holds of an earlier run with the same inputs is kept.
        shows: Show progress on stderr.
        command: What the report says was typed; None: ``edgekit run``, where the recipe lies.
        split: The data, where the recipe does not say it.

    Returns:
        What ``report.json`` holds.

    Raises:
        EdgekitError: The input is bad, or something is missing; a variant that fails is not an error but a result.
    """
    require_statistics()
    preload("edgekit.system.preload")
    for variant in recipe.variants:
        check_replaceable(out / "artifacts" / str(variant), ARTIFACT_FILE)
    with open_run(recipe, out, shows=shows, split=split) as (folder, samples):
        return _Run(recipe, out, folder, shows, command).run(folder.original(samples))


@dataclass(frozen=True)
class _Run:
    recipe: Recipe
    out: Path
    folder: RunFolder
    shows: bool
    command: str | None

    @property
    def work(self) -> Path:
        return self.folder.work

    def run(self, original: Original) -> RunReport:
        model, split = original.model, original.split
        held_out = fit_to_model(split.held_out, model.contract)
        conversions = self._convert(model, split.train)
        built = [conversion.artifact for conversion in conversions if conversion.artifact is not None]
        parities, rule = self._compare(model, held_out, built)
        facts = RunFacts(
            name=self.recipe.name,
            rule=rule,
            model=model,
            training=original.training,
            split=split,
            curve=self._curve(model, split.train),
            command=self._command(),
        )
        latencies, latency_errors = self._bench(built)
        measurements = Measurements(parities=parities, latencies=latencies, latency_errors=latency_errors)
        with report_lock(self.out):  # what commands found of the artifacts meanwhile is in it, or waits for it
            entries = [artifact_entry(conversion, measurements) for conversion in conversions]
            report = run_report(facts, entries)
            write_report(report, self.out)
        return report

    def _command(self) -> str | None:
        """Return what made this, typed where the recipe lies."""
        if self.command is not None or self.recipe.path is None:
            return self.command
        return shlex.join(["edgekit", "run", self.recipe.path.name, "--out", self.out.name])

    def _convert(self, model: TunedModel, calibration: Samples | None) -> list[Conversion]:
        with progress("convert", shows=self.shows) as advance:
            return convert_all(
                model,
                self.recipe.variants,
                samples=calibration,
                out=self.out / "artifacts",
                settings=self.recipe.conversion,
                work=self.work,
                progress=advance,
                shows=self.shows,
            )

    def _curve(self, model: TunedModel, samples: Samples | None) -> CalibrationCurve | None:
        """Return what more calibration samples give, for the first calibrated variant that was converted here."""
        variants = [variant for variant in self.recipe.variants if variant.calibrated and not variant.compression]
        folder = kept_in(self.work, model)
        graph = load_frozen(folder)
        if not variants or samples is None or graph is None:
            return None
        variant, settings = variants[0], self.recipe.conversion
        model_file = folder / f"float.{variant.format}"
        key = value_digest([str(variant), samples.digest(), dataclasses.asdict(settings), tool_versions()])
        curve_file = folder / f"curve-{key.short()}.json"
        if model_file.exists() and not curve_file.exists():
            with progress("calibration", shows=self.shows) as advance, ChildExecutor(1) as child:
                arguments = (variant, model_file, graph, samples, model.contract, settings)
                try:
                    curve = child.submit(calibration_curve, *arguments).result()
                except EdgekitError as error:  # its variant has failed with the reason already
                    advance(1, 1, str(error))
                else:
                    write_json(curve_file, {"curve": None if curve is None else curve.to_json()})
                    advance(1, 1, "curve")
        document = read_json(curve_file)
        if document is None or document["curve"] is None:
            return None
        return CalibrationCurve.from_json(document["curve"])

    def _compare(
        self, model: TunedModel, samples: Samples, artifacts: Sequence[Artifact]
    ) -> tuple[dict[str, ParityReport], ParityRecipe]:
        """Return the parity of each artifact by variant, and its rule; two are compared at a time, one per core."""
        with progress("original", shows=self.shows) as advance:
            answers = original_answers(model, samples, self.work)
            advance(len(samples), len(samples), "answers")
        self.folder.keep_for_bundles(model, samples, answers)
        check = Check(model, samples, answers, self.recipe.parity, Placement())
        shards = cores() if len(artifacts) < cores() else 1
        key = [model.digest(), samples.digest(), dataclasses.asdict(self.recipe.parity), tool_versions()]
        files = {artifact.name: self._parity_file(key, artifact) for artifact in artifacts}
        earlier = {name: ParityReport.load(file) for name, file in files.items() if file.exists()}
        reports = {}
        with progress("parity", shows=self.shows) as advance, ChildExecutor() as executor:
            comparisons = {
                artifact.name: check.start(artifact, executor, shards)
                for artifact in artifacts
                if artifact.name not in earlier
            }
            for done, artifact in enumerate(artifacts, 1):
                name = artifact.name
                if name in earlier:
                    reports[name] = earlier[name]
                else:
                    reports[name] = self._judged(check, artifact, comparisons[name], files[name])
                advance(done, len(artifacts), name)
        return reports, check.settled_rule()

    def _parity_file(self, key: Sequence[object], artifact: Artifact) -> Path:
        return self.work / f"parity-{value_digest([*key, artifact.digest()]).short()}.json"

    def _judged(
        self, check: Check, artifact: Artifact, comparisons: list[Future[Comparison]], file: Path
    ) -> ParityReport:
        """Return the parity of an artifact, and keep it for the next run; one that cannot be run has failed."""
        try:
            report = check.collect(artifact, comparisons)
        except EdgekitError as error:
            return not_compared(str(error), artifact)
        write_json(file, report.to_json())
        return report

    def _bench(self, artifacts: Sequence[Artifact]) -> tuple[dict[str, BenchReport], dict[str, str]]:
        """Measure one artifact after another, with nothing beside it; return those that failed with the reasons."""
        reports, reasons = {}, {}
        with progress("latency", shows=self.shows) as advance:
            for done, artifact in enumerate(artifacts, 1):
                try:
                    reports[artifact.name] = bench(artifact, runs=LATENCY_RUNS)
                except EdgekitError as error:
                    reasons[artifact.name] = str(error)
                advance(done, len(artifacts), artifact.name)
        return reports, reasons
