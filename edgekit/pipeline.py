"""The whole job: a recipe becomes a tuned model, artifacts, a parity verdict for each, and a report.

Each stage is kept under the digest of its inputs, so that a run that was killed goes on where it stopped, and ends with
the same artifacts as one that was not.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgekit.answers import WORK_FOLDER, original_answers
from edgekit.artifacts import ARTIFACT_FILE, Artifact
from edgekit.calibration_curve import calibration_curve
from edgekit.checks import Check
from edgekit.console import progress
from edgekit.contract import CONTRACT_FILE, Contract
from edgekit.conversion import Conversion, convert_all
from edgekit.data import fit_to_model
from edgekit.digests import file_digest, value_digest
from edgekit.document import artifact_entry, not_compared, run_document, tool_versions
from edgekit.errors import EdgekitError, OutputError
from edgekit.files import TEMPORARY_PREFIX, check_replaceable, make_folder, write_json
from edgekit.frameworks import require
from edgekit.freezing import load_frozen
from edgekit.intervals import require_statistics
from edgekit.judgement import Where
from edgekit.latency import bench
from edgekit.locks import check_lock, lock_path
from edgekit.models import TunedModel, load_model
from edgekit.recipe import ParityRecipe, Recipe
from edgekit.report import write_report
from edgekit.samples import Samples
from edgekit.splits import DataSplit, split_data
from edgekit.table_samples import TableSamples, prepare
from edgekit.tuned_contract import tuned_contract
from edgekit.tuning import find_modules, finished_module, tune_modules
from edgekit.workers import ChildExecutor, cores, preload

LATENCY_RUNS = 30


def run(recipe: Recipe, out: Path, *, shows: bool = False) -> dict[str, Any]:
    """Do all that a recipe asks for.

    Args:
        recipe: What to build.
        out: Folder of the run; what it holds of an earlier run with the same inputs is kept.
        shows: Show progress on stderr.

    Returns:
        The report's document: what ``report.json`` holds.

    Raises:
        EdgekitError: The input is bad, or something is missing; a variant that fails is not an error but a result.
    """
    require_statistics()
    preload("edgekit.preload")
    with progress("read data", shows=shows) as advance:
        split = split_data(recipe.data, recipe.base, lambda done, total: advance(done, total, ""))
        advance(len(split.held_out), len(split.held_out), "held-out samples")
    if recipe.model is None:
        tuned_contract(recipe, find_modules(recipe), split)  # what does not fit is said before anything is written
    check_replaceable(make_folder(out) / "model", CONTRACT_FILE)
    for variant in recipe.variants:
        check_replaceable(out / "artifacts" / str(variant), ARTIFACT_FILE)
    work = make_folder(out / WORK_FOLDER)
    with _only_run(work, out):
        _sweep(out)
        return _Run(recipe, out, work, shows).run(split)


@contextlib.contextmanager
def _only_run(work: Path, out: Path) -> Iterator[None]:
    """Hold the run's folder; a second run in it is refused, and a killed one holds nothing."""
    filelock = require("filelock", asked="a run", extra="all")
    lock = filelock.FileLock(work / "lock")
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout as error:
        raise OutputError(f"another run is working in {out}: wait for it, or choose another --out") from error
    try:
        yield
    finally:
        lock.release()


def _sweep(out: Path) -> None:
    """Remove what a killed run left half-written."""
    for folder in (out, out / WORK_FOLDER, out / "artifacts"):
        for leftover in folder.glob(f"{TEMPORARY_PREFIX}*"):
            shutil.rmtree(leftover, ignore_errors=True) if leftover.is_dir() else leftover.unlink()


@dataclass(frozen=True)
class _Run:
    recipe: Recipe
    out: Path
    work: Path
    shows: bool

    def run(self, split: DataSplit) -> dict[str, Any]:
        model, training, split = self._model(split)
        held_out = fit_to_model(split.held_out, model.contract)
        conversions = self._convert(model, split.train)
        results, rule = self._compare(model, held_out, conversions)
        curve = self._curve(model, split.train)
        latencies = self._bench(conversions)
        entries = [artifact_entry(made, results, latencies) for made in conversions]
        document = run_document(self.recipe.name, rule, model, training, split, entries, curve)
        write_report(document, self.out)
        return document

    def _model(self, split: DataSplit) -> tuple[TunedModel, dict[str, Any] | None, DataSplit]:
        """Return the original, tuned or finished, the record of its training, and samples that are decoded already."""
        record, place = self.work / "model.json", self.out / "model"
        if self.recipe.model is not None:
            model = self._finished(record, place)
            return model, None, self._prepared(split, model.contract)
        modules = find_modules(self.recipe)
        contract = tuned_contract(self.recipe, modules, split)
        trained_on = [] if self.recipe.task != "classification" else [split.train, split.validation]
        key = value_digest(
            [
                _training_part(self.recipe),
                {name: module.digest for name, module in modules.items()},
                [None if samples is None else samples.digest() for samples in trained_on],
                tool_versions(),
            ]
        )
        split = self._prepared(split, contract)
        kept = _read(record)
        if kept is None or kept["key"] != key or not _is_whole(place, kept["digest"]):
            tuning = tune_modules(self.recipe, modules, split, place, shows=self.shows)
            kept = {
                "key": key,
                "digest": tuning.model.digest(),
                "training": tuning.to_json() if tuning.history else None,
            }
            write_json(record, kept)
        return TunedModel(path=place, contract=contract), kept["training"], split

    def _finished(self, record: Path, place: Path) -> TunedModel:
        recipe = self.recipe
        assert recipe.model is not None, "asked for by the caller"
        if recipe.path is not None and lock_path(recipe.path).is_file():
            check_lock(lock_path(recipe.path), {"model": finished_module(recipe)})
        original = load_model(
            recipe.model, inputs=recipe.inputs, labels=recipe.labels, base=recipe.base, trust=recipe.trust,
            signature=recipe.signature,
        )  # fmt: skip
        kept = _read(record)
        if kept is None or kept["key"] != original.digest() or not _is_whole(place, kept["digest"]):
            model = load_model(original.path, inputs=recipe.inputs, labels=recipe.labels, out=place)
            write_json(record, {"key": original.digest(), "digest": model.digest(), "training": None})
        return TunedModel(path=place, contract=Contract.load(place))

    def _prepared(self, split: DataSplit, contract: Contract) -> DataSplit:
        """Decode and resize all photos once for all stages."""

        def prepared(samples: Samples | None, name: str) -> Samples | None:
            if not isinstance(samples, TableSamples):
                return samples
            with progress(f"read {name} samples", shows=self.shows) as advance:
                return prepare(samples, contract, self.work, name, lambda done, total: advance(done, total, ""))

        held_out = prepared(split.held_out, "held-out")
        assert held_out is not None, "there are always held-out samples"
        validation = held_out if split.role == "validation" else prepared(split.validation, "validation")
        return dataclasses.replace(
            split, train=prepared(split.train, "training"), validation=validation, held_out=held_out
        )

    def _convert(self, model: TunedModel, calibration: Samples | None) -> list[Conversion]:
        with progress("convert", shows=self.shows) as advance:
            return convert_all(
                model,
                self.recipe.variants,
                samples=calibration,
                out=self.out / "artifacts",
                how=self.recipe.conversion,
                work=self.work,
                progress=advance,
                shows=self.shows,
            )

    def _curve(self, model: TunedModel, samples: Samples | None) -> dict[str, Any] | None:
        """Return what more calibration samples give, for the first calibrated variant that was converted here."""
        variants = [v for v in self.recipe.variants if v.calibrated and not v.compression]
        place = self.work / model.digest()[7:19]
        graph = load_frozen(place)
        if not variants or samples is None or graph is None:
            return None
        variant, how = variants[0], self.recipe.conversion
        file = place / f"float.{variant.format}"
        key = value_digest([str(variant), samples.digest(), dataclasses.asdict(how), tool_versions()])
        kept = place / f"curve-{key[7:23]}.json"
        if file.exists() and not kept.exists():
            with progress("calibration", shows=self.shows) as advance, ChildExecutor(1) as child:
                wanted = child.submit(calibration_curve, variant, file, graph, samples, model.contract, how)
                try:
                    write_json(kept, {"curve": wanted.result()})
                except EdgekitError as error:  # its variant has failed with the reason already
                    advance(1, 1, str(error))
                else:
                    advance(1, 1, "curve")
        found = _read(kept)
        return None if found is None else found["curve"]

    def _compare(
        self, model: TunedModel, samples: Samples, conversions: list[Conversion]
    ) -> tuple[dict[str, Any], ParityRecipe]:
        """Return the parity of each artifact by variant, and its rule; two are compared at a time, one per core."""
        with progress("original", shows=self.shows) as advance:
            answers = original_answers(model, samples, self.work)
            advance(len(samples), len(samples), "answers")
        check = Check(model, samples, answers, self.recipe.parity, Where())
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
        return self.work / f"parity-{value_digest([*key, artifact.digest()])[7:23]}.json"

    def _kept_parity(self, key: list[Any], artifact: Artifact) -> dict[str, Any] | None:
        return _read(self._parity_file(key, artifact))

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


def _training_part(recipe: Recipe) -> Any:
    """Return what of a recipe decides how the model is trained, as JSON values."""
    value = dataclasses.asdict(dataclasses.replace(recipe, variants=(), base=Path(), path=None, name=""))
    for given in value["inputs"]:
        given["vocabulary"] = None if given["vocabulary"] is None else file_digest(given["vocabulary"])
    del value["variants"], value["base"], value["path"], value["parity"], value["conversion"], value["name"]
    return value


def _read(path: Path) -> dict[str, Any] | None:
    if not path.exists():
        return None
    value: dict[str, Any] = json.loads(path.read_text())
    return value


def _is_whole(place: Path, digest: str) -> bool:
    """Whether a model of an earlier run is there, and is the one that was recorded."""
    try:
        return TunedModel(path=place, contract=Contract.load(place)).digest() == digest
    except EdgekitError:
        return False
