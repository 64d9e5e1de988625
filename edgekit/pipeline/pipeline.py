"""The whole job: a recipe becomes a tuned model, artifacts, a parity verdict for each, and a report.

Each stage is kept under the digest of its inputs, so that a run that was killed goes on where it stopped, and ends with
the same artifacts as one that was not.
"""

from __future__ import annotations

import contextlib
import dataclasses
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgekit.conversion.conversion import Conversion, convert_all
from edgekit.conversion.intermediates import kept_in
from edgekit.data.loading import fit_to_model
from edgekit.data.samples import Samples
from edgekit.errors import EdgekitError
from edgekit.evaluation.check import Check
from edgekit.evaluation.intervals import require_statistics
from edgekit.evaluation.reference import original_answers
from edgekit.inference.latency import bench
from edgekit.inference.placement import Placement
from edgekit.models.artifact import ARTIFACT_FILE, Artifact
from edgekit.models.frozen_graph import load_frozen
from edgekit.models.tuned_model import TunedModel
from edgekit.pipeline.calibration_curve import calibration_curve
from edgekit.pipeline.run_folder import Original, RunFolder, open_run
from edgekit.recipe.recipe import ParityRecipe, Recipe
from edgekit.report import write_report
from edgekit.report.document import artifact_entry, not_compared, run_document
from edgekit.system.digests import value_digest
from edgekit.system.files import check_replaceable, read_json, write_json
from edgekit.system.processes import ChildExecutor, cores, preload
from edgekit.system.progress import progress
from edgekit.system.versions import tool_versions

LATENCY_RUNS = 30


def run(recipe: Recipe, out: Path, *, shows: bool = False, command: str | None = None) -> dict[str, Any]:
    """Do all that a recipe asks for.

    Args:
        recipe: What to build.
        out: Folder of the run; what it holds of an earlier run with the same inputs is kept.
        shows: Show progress on stderr.
        command: What the report says was typed; None: ``edgekit run``, where the recipe lies.

    Returns:
        The report's document: what ``report.json`` holds.

    Raises:
        EdgekitError: The input is bad, or something is missing; a variant that fails is not an error but a result.
    """
    require_statistics()
    preload("edgekit.system.preload")
    for variant in recipe.variants:
        check_replaceable(out / "artifacts" / str(variant), ARTIFACT_FILE)
    with open_run(recipe, out, shows=shows) as (folder, split):
        return _Run(recipe, out, folder, shows, command).run(folder.original(split))


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

    def run(self, original: Original) -> dict[str, Any]:
        model, training, split = original.model, original.training, original.split
        held_out = fit_to_model(split.held_out, model.contract)
        conversions = self._convert(model, split.train)
        results, rule = self._compare(model, held_out, conversions)
        curve = self._curve(model, split.train)
        latencies = self._bench(conversions)
        entries = [artifact_entry(made, results, latencies) for made in conversions]
        document = run_document(self.recipe.name, rule, model, training, split, entries, curve, command=self._command())
        write_report(document, self.out)
        return document

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

    def _curve(self, model: TunedModel, samples: Samples | None) -> dict[str, Any] | None:
        """Return what more calibration samples give, for the first calibrated variant that was converted here."""
        variants = [v for v in self.recipe.variants if v.calibrated and not v.compression]
        place = kept_in(self.work, model)
        graph = load_frozen(place)
        if not variants or samples is None or graph is None:
            return None
        variant, settings = variants[0], self.recipe.conversion
        file = place / f"float.{variant.format}"
        key = value_digest([str(variant), samples.digest(), dataclasses.asdict(settings), tool_versions()])
        kept = place / f"curve-{key.short()}.json"
        if file.exists() and not kept.exists():
            with progress("calibration", shows=self.shows) as advance, ChildExecutor(1) as child:
                wanted = child.submit(calibration_curve, variant, file, graph, samples, model.contract, settings)
                try:
                    write_json(kept, {"curve": wanted.result()})
                except EdgekitError as error:  # its variant has failed with the reason already
                    advance(1, 1, str(error))
                else:
                    advance(1, 1, "curve")
        found = read_json(kept)
        return None if found is None else found["curve"]

    def _compare(
        self, model: TunedModel, samples: Samples, conversions: list[Conversion]
    ) -> tuple[dict[str, Any], ParityRecipe]:
        """Return the parity of each artifact by variant, and its rule; two are compared at a time, one per core."""
        with progress("original", shows=self.shows) as advance:
            answers = original_answers(model, samples, self.work)
            advance(len(samples), len(samples), "answers")
        self.folder.keep_for_bundles(model, samples, answers)
        check = Check(model, samples, answers, self.recipe.parity, Placement())
        built = [made.artifact for made in conversions if made.artifact is not None]
        parts = cores() if len(built) < cores() else 1
        key = [model.digest(), samples.digest(), dataclasses.asdict(self.recipe.parity), tool_versions()]
        with progress("parity", shows=self.shows) as advance, ChildExecutor() as executor:
            pending = [(artifact, self._kept_parity(key, artifact)) for artifact in built]
            started = {a.name: check.start(a, executor, parts) for a, kept in pending if kept is None}
            results = {}
            for done, (artifact, kept) in enumerate(pending, 1):
                results[artifact.name] = kept or self._judged(key, check, artifact, started[artifact.name])
                advance(done, len(built), artifact.name)
        return results, check.settled_rule()

    def _parity_file(self, key: list[Any], artifact: Artifact) -> Path:
        return self.work / f"parity-{value_digest([*key, artifact.digest()]).short()}.json"

    def _kept_parity(self, key: list[Any], artifact: Artifact) -> dict[str, Any] | None:
        return read_json(self._parity_file(key, artifact))

    def _judged(self, key: list[Any], check: Check, artifact: Artifact, futures: Any) -> dict[str, Any]:
        try:
            value = check.collect(artifact, futures).to_json()
        except EdgekitError as error:
            return not_compared(str(error), artifact)
        write_json(self._parity_file(key, artifact), value)
        return value

    def _bench(self, conversions: list[Conversion]) -> dict[str, Any]:
        """Measure one artifact after another, with nothing beside it."""
        built = [made.artifact for made in conversions if made.artifact is not None]
        found = {}
        with progress("latency", shows=self.shows) as advance:
            for done, artifact in enumerate(built, 1):
                with contextlib.suppress(EdgekitError):  # what cannot run has failed parity with the reason already
                    found[artifact.name] = bench(artifact, runs=LATENCY_RUNS)
                advance(done, len(built), artifact.name)
        return found
