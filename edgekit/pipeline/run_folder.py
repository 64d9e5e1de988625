"""The folder of a run: its lock, what a killed run left, and its original, tuned or finished, kept for the next run."""

from __future__ import annotations

import contextlib
import dataclasses
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from msgspec import structs

from edgekit.bundle.golden import write_golden
from edgekit.contract.contract import CONTRACT_FILE, Contract
from edgekit.data.loading import fit_to_model
from edgekit.data.samples import Samples
from edgekit.data.splits import DataSplit, split_data
from edgekit.data.tables import TableSamples, prepare
from edgekit.documents.run import TrainingRecord
from edgekit.errors import EdgekitError, OutputError
from edgekit.evaluation.reference import Answers
from edgekit.hub.lock_file import check_lock, lock_path, write_lock
from edgekit.models.run_layout import CARD_FILE, GOLDEN_FOLDER, LOCK_FILE, RECIPE_FILE, WORK_FOLDER
from edgekit.models.tuned_model import TunedModel
from edgekit.original.contract import tuned_contract
from edgekit.original.finished import load_model
from edgekit.original.statements import with_class_names
from edgekit.original.tuning import find_modules, finished_module, tune_modules
from edgekit.recipe.recipe import Recipe
from edgekit.system.digests import file_digest, value_digest
from edgekit.system.files import TEMPORARY_PREFIX, check_replaceable, make_folder, read_json, write_bytes, write_json
from edgekit.system.optional import require
from edgekit.system.progress import progress, warn
from edgekit.system.versions import tool_versions


@dataclass(frozen=True, kw_only=True)
class Original:
    """What a run starts from.

    Attributes:
        model: The tuned or finished model, in the run's folder.
        training: The record of its training; None: it was not trained here.
        split: The samples, decoded already.
    """

    model: TunedModel
    training: TrainingRecord | None
    split: DataSplit


@dataclass(frozen=True, kw_only=True)
class RunFolder:
    """The folder of a run, held by this process.

    Attributes:
        recipe: What is built.
        out: The folder.
        work: The folder in it with what is kept for the next run.
        shows: Whether progress is shown on stderr.
    """

    recipe: Recipe
    out: Path
    work: Path
    shows: bool

    def keep_for_bundles(self, model: TunedModel, samples: Samples, answers: Answers) -> None:
        """Keep what a bundle of an artifact takes along: golden vectors, the recipe and its modules' digests."""
        write_golden(self.work / GOLDEN_FOLDER, samples, answers, model.contract)
        write_json(self.work / CARD_FILE, {"name": self.recipe.name, **dataclasses.asdict(self.recipe.card)})
        if self.recipe.path is not None:  # one that nobody wrote down cannot be run again
            is_finished = self.recipe.model is not None
            modules = {"model": finished_module(self.recipe)} if is_finished else find_modules(self.recipe)
            write_lock(self.work / LOCK_FILE, modules)
            write_bytes(self.work / RECIPE_FILE, self.recipe.path.read_bytes())

    def original(self, split: DataSplit) -> Original:
        """Return the original, tuned or finished; one of an earlier run that would come out the same is kept."""
        record_file, model_folder = self.work / "model.json", self.out / "model"
        if self.recipe.model is not None:
            model = self._finished(record_file, model_folder, split.held_out)
            fit_to_model(split.held_out, model.contract)  # what is not known is said before all samples are read
            return Original(model=model, training=None, split=self._prepared(split, model.contract))
        modules = find_modules(self.recipe)
        contract = tuned_contract(self.recipe, modules, split)
        trained_on = [split.train, split.validation] if self.recipe.trains else []
        key = value_digest(
            [
                _training_part(self.recipe),
                {name: module.digest for name, module in modules.items()},
                [None if samples is None else samples.digest() for samples in trained_on],
                tool_versions(),
            ]
        )
        split = self._prepared(split, contract)
        record = read_json(record_file)
        if record is None or record["key"] != key or not _is_whole(model_folder, record["digest"]):
            tuning = tune_modules(self.recipe, modules, split, model_folder, shows=self.shows)
            record = {
                "key": key,
                "digest": tuning.model.digest(),
                "training": tuning.to_json() if tuning.history else None,
            }
            write_json(record_file, record)
        model = TunedModel(path=model_folder, contract=contract)
        training = None if record["training"] is None else TrainingRecord.from_json(record["training"])
        return Original(model=model, training=training, split=split)

    def _finished(self, record_file: Path, model_folder: Path, samples: Samples) -> TunedModel:
        recipe = self.recipe
        assert recipe.model is not None, "asked for by the caller"
        if recipe.path is not None and lock_path(recipe.path).is_file():
            check_lock(lock_path(recipe.path), {"model": finished_module(recipe)})
        original = load_model(
            recipe.model,
            inputs=recipe.inputs,
            labels=recipe.labels,
            base=recipe.base,
            trust=recipe.trust,
            signature=recipe.signature,
            root=recipe.root,
            imports=recipe.imports,
        )
        contract, doubt = with_class_names(original.contract, samples)
        if doubt is not None:
            warn(doubt)
        labels = recipe.labels if contract is original.contract else samples.classes
        key = structs.replace(original, contract=contract).digest()
        record = read_json(record_file)
        if record is None or record["key"] != key or not _is_whole(model_folder, record["digest"]):
            model = load_model(original.path, inputs=recipe.inputs, labels=labels, out=model_folder)
            write_json(record_file, {"key": key, "digest": model.digest(), "training": None})
        return TunedModel(path=model_folder, contract=Contract.load(model_folder))

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


@contextlib.contextmanager
def open_run(
    recipe: Recipe, out: Path, *, shows: bool, split: DataSplit | None = None
) -> Iterator[tuple[RunFolder, DataSplit]]:
    """Read a recipe's data, and hold the folder of its run.

    Args:
        recipe: What is built.
        out: The folder.
        shows: Whether progress is shown on stderr.
        split: The data, where the recipe does not say it.

    Raises:
        EdgekitError: The input is bad; another run works in the folder; it cannot be written.
    """
    if split is None:
        with progress("read data", shows=shows) as advance:
            split = split_data(recipe.data, recipe.base, lambda done, total: advance(done, total, ""))
            advance(len(split.held_out), len(split.held_out), "held-out samples")
    if recipe.model is None:
        tuned_contract(recipe, find_modules(recipe), split)  # what does not fit is said before anything is written
    check_replaceable(make_folder(out) / "model", CONTRACT_FILE)
    work = make_folder(out / WORK_FOLDER)
    with _only_run(work, out):
        _sweep(out)
        yield RunFolder(recipe=recipe, out=out, work=work, shows=shows), split


@contextlib.contextmanager
def _only_run(work: Path, out: Path) -> Iterator[None]:
    """Hold the run's folder; a second run in it is refused, and a killed one holds nothing."""
    filelock = require("filelock", asked="a run", extra="all")
    lock = filelock.FileLock(work / "lock")
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout as error:
        raise OutputError(
            f"another run is working in {out}: wait for it, or choose another folder", path=out, setting="out"
        ) from error
    try:
        yield
    finally:
        lock.release()


def _sweep(out: Path) -> None:
    """Remove what a killed run left half-written."""
    for folder in (out, out / WORK_FOLDER, out / "artifacts"):
        for leftover in folder.glob(f"{TEMPORARY_PREFIX}*"):
            shutil.rmtree(leftover, ignore_errors=True) if leftover.is_dir() else leftover.unlink()


def _training_part(recipe: Recipe) -> Any:
    """Return what of a recipe decides how the model is trained, as JSON values."""
    value = dataclasses.asdict(dataclasses.replace(recipe, variants=(), base=Path(), path=None, name=""))
    for table in value["inputs"]:
        table["vocabulary"] = None if table["vocabulary"] is None else file_digest(table["vocabulary"])
    del (
        value["variants"],
        value["base"],
        value["path"],
        value["parity"],
        value["conversion"],
        value["search"],
        value["card"],
        value["name"],
    )
    return value


def _is_whole(folder: Path, digest: str) -> bool:
    """Whether a model of an earlier run is there, and is the one that was recorded."""
    try:
        return TunedModel(path=folder, contract=Contract.load(folder)).digest() == digest
    except EdgekitError:
        return False
