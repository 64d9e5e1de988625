"""Tuning: a module and labelled samples become a TunedModel."""

from __future__ import annotations

import dataclasses
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from edgekit.adapters.task import load_task
from edgekit.contract.batch import Tensors
from edgekit.contract.contract import CONTRACT_FILE, Contract
from edgekit.data.frontend_samples import FrontedSamples
from edgekit.data.samples import Samples
from edgekit.data.splits import DataSplit, split_data
from edgekit.data.tables import TableSamples, prepare
from edgekit.errors import RecipeError
from edgekit.hub.handles import resolve
from edgekit.hub.lock_file import check_lock, lock_path, write_lock
from edgekit.hub.modules import Module, read_module
from edgekit.hub.trust import check_trust
from edgekit.models.frontend_folder import Front
from edgekit.models.tuned_model import TunedModel
from edgekit.original.backbone import load_backbone, load_signatures
from edgekit.original.contract import served_contract, tuned_contract
from edgekit.original.export import save_reusable
from edgekit.original.training import Epoch, Trained, train
from edgekit.recipe.reader import load_recipe
from edgekit.recipe.recipe import Recipe
from edgekit.system.files import JsonObject, check_replaceable, make_folder
from edgekit.system.processes import ChildExecutor
from edgekit.system.progress import progress


@dataclass(frozen=True, kw_only=True)
class Tuning:
    """What tuning did.

    Attributes:
        model: The tuned model.
        history: What each epoch measured.
        best: Index in ``history`` of the epoch whose weights were kept.
        seconds: Time that it took.
    """

    model: TunedModel
    history: tuple[Epoch, ...]
    best: int
    seconds: float

    def to_json(self) -> JsonObject:
        """Return the training's record as JSON values."""
        return {
            "epochs": len(self.history),
            "best_epoch": self.best + 1,
            "history": [dataclasses.asdict(epoch) for epoch in self.history],
            "seconds": self.seconds,
        }


def tune(recipe: Recipe | str | Path, *, out: str | Path | None = None, shows: bool = False) -> TunedModel:
    """Train what a recipe describes, from its module and its data.

    Args:
        recipe: A recipe, or the path of one.
        out: Folder of the run; the model goes to ``out/model``. By default a folder named as the recipe.
        shows: Show progress on stderr.

    Raises:
        RecipeError, HandleError, ModuleError, DataError, OutputError: As the input has it.
    """
    loaded = recipe if isinstance(recipe, Recipe) else load_recipe(recipe)
    folder = Path(out) if out is not None else Path(loaded.name)
    modules = find_modules(loaded)
    check_replaceable(folder / "model", CONTRACT_FILE)
    with progress("read data", shows=shows) as advance:
        split = split_data(loaded.data, loaded.base, lambda done, total: advance(done, total, ""))
    return tune_modules(loaded, modules, split, folder / "model", shows=shows).model


def find_modules(recipe: Recipe) -> dict[str, Module]:
    """Resolve and read the module of each input; a handle that several inputs share is read once.

    Raises:
        HandleError: There is nothing at a handle.
        ModuleError: A module is damaged, is not the one that the recipe's lock file pins, or can do more than compute
            and is not trusted.
    """
    handles = {
        input_recipe.name: input_recipe.module for input_recipe in recipe.inputs if input_recipe.module is not None
    }
    modules_by_handle = {
        handle: read_module(handle, resolve(handle, base=recipe.base)) for handle in dict.fromkeys(handles.values())
    }
    modules = {name: modules_by_handle[handle] for name, handle in handles.items()}
    if recipe.path is not None:
        check_lock(lock_path(recipe.path), modules)
    for input_recipe in recipe.inputs:
        check_trust(modules[input_recipe.name], input_recipe.trust)
    return modules


def finished_module(recipe: Recipe) -> Module:
    """Resolve and read the finished model of a recipe."""
    assert recipe.model is not None, "asked for by the caller"
    path = resolve(recipe.model, base=recipe.base)
    return read_module(recipe.model, path, root=recipe.root, imports=recipe.imports)


def lock_modules(recipe: Recipe) -> JsonObject:
    """Pin the modules of a recipe in the lock file beside it, and return its contents.

    Raises:
        RecipeError: The recipe was not read from a file.
        HandleError, ModuleError: There is nothing at a handle, or it is damaged.
    """
    if recipe.path is None:
        raise RecipeError("a recipe that was not read from a file has no lock file")
    if recipe.model is not None:
        return write_lock(lock_path(recipe.path), {"model": finished_module(recipe)})
    handles = {
        input_recipe.name: input_recipe.module for input_recipe in recipe.inputs if input_recipe.module is not None
    }
    modules = {name: read_module(handle, resolve(handle, base=recipe.base)) for name, handle in handles.items()}
    return write_lock(lock_path(recipe.path), modules)


def tune_modules(recipe: Recipe, modules: Mapping[str, Module], split: DataSplit, out: Path, *, shows: bool) -> Tuning:
    """Train in a child process, which a module cannot harm, and save the model at ``out``.

    Where the task has no head there is nothing to train: the modules are saved as the model.
    """
    contract = tuned_contract(recipe, modules, split)
    make_folder(out.parent)  # where it cannot be written is said before anything is trained
    with ChildExecutor(1, shows=shows, trains=True) as executor:
        work = _tune_here if recipe.trains else _export_here
        return executor.submit(work, recipe, modules, contract, split, out, shows=shows).result()


def _tune_here(
    recipe: Recipe, modules: Mapping[str, Module], contract: Contract, split: DataSplit, out: Path, *, shows: bool
) -> Tuning:
    started = time.monotonic()
    assert split.train is not None, "the recipe has training data"
    assert split.validation is not None, "the recipe has validation data"
    served, front = served_contract(recipe, modules, contract)
    backbone = load_backbone(recipe.inputs, modules)
    with tempfile.TemporaryDirectory(prefix="edgekit-") as scratch:
        data = tuple(
            _prepared(samples, contract, Path(scratch), name, shows)
            for name, samples in (("training", split.train), ("held-out", split.validation))
        )
        with progress("tune", shows=shows) as advance:

            def epoch(phase: str, done: int, total: int, note: str) -> None:
                advance(done, total, f"{phase}, {note}")

            trained = train(recipe, backbone, served, (_behind(front, data[0]), _behind(front, data[1])), epoch)
    _save(out, served, front, trained, split.train)
    return Tuning(
        model=TunedModel(path=out, contract=contract),
        history=trained.history,
        best=trained.best,
        seconds=time.monotonic() - started,
    )


def _behind(front: Front | None, samples: Samples) -> Samples:
    if front is None:
        return samples
    return FrontedSamples(samples=samples, program=front.program, contract=front.contract)


def _export_here(
    recipe: Recipe,
    modules: Mapping[str, Module],
    contract: Contract,
    split: DataSplit,  # the same work unit as that of training
    out: Path,
    *,
    shows: bool,
) -> Tuning:
    """Save modules without a head as a model."""
    started = time.monotonic()
    served, front = served_contract(recipe, modules, contract)
    with progress("export", shows=shows) as advance:
        if not load_task(recipe.task).JOINS_FEATURES:
            backbone = load_signatures(recipe.inputs, modules)
            call = backbone.call
        else:
            backbone = load_backbone(recipe.inputs, modules)
            name = contract.outputs[0].name

            def call(inputs: Tensors, training: bool) -> Tensors:
                return {name: backbone.call(inputs, training)}

        save_reusable(
            out,
            served,
            call,
            variables=backbone.variables,
            trainable_variables=backbone.trainable_variables,
            tracked=backbone.tracked,
            trained_on=split.train,
            front=front,
        )
        advance(1, 1, "model")
    model = TunedModel(path=out, contract=contract)
    return Tuning(model=model, history=(), best=-1, seconds=time.monotonic() - started)


def _prepared(samples: Samples, contract: Contract, folder: Path, name: str, shows: bool) -> Samples:
    if not isinstance(samples, TableSamples):
        return samples
    with progress(f"read {name} samples", shows=shows) as advance:
        return prepare(samples, contract, folder, name, lambda done, total: advance(done, total, ""))


def _save(out: Path, contract: Contract, front: Front | None, trained: Trained, trained_on: Samples) -> None:
    backbone, head = trained.backbone, trained.head
    output = contract.outputs[0].name

    def call(inputs: Tensors, training: bool) -> Tensors:
        return {output: trained.objective.answer(head(backbone.call(inputs, training), training=training))}

    save_reusable(
        out,
        contract,
        call,
        variables=[*backbone.variables, *head.variables],
        trainable_variables=[*backbone.trainable_variables, *head.trainable_variables],
        tracked=backbone.tracked,
        trained_on=trained_on,
        front=front,
    )
