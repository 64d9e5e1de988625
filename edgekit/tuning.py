"""Tuning: a module and labelled samples become a TunedModel."""

from __future__ import annotations

import dataclasses
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from edgekit.audio import sound_length
from edgekit.backbone import chosen, load_backbone, load_signatures, output_name, signature_key
from edgekit.console import progress
from edgekit.contract import CONTRACT_FILE, Contract, InputSpec, OutputSpec, Shape
from edgekit.data import DataSplit, split_data
from edgekit.errors import DataError, ModuleError, RecipeError
from edgekit.export import save_reusable
from edgekit.files import check_replaceable, make_folder
from edgekit.handles import resolve
from edgekit.images import image_size
from edgekit.locks import check_lock, lock_path, write_lock
from edgekit.models import TunedModel, input_of, media_defaults, with_length
from edgekit.modules import Module, Signature, TensorSpec, read_module
from edgekit.recipe import InputRecipe, Recipe, load_recipe
from edgekit.samples import FrontedSamples, Samples, shown_shape
from edgekit.table_samples import TableSamples, prepare
from edgekit.tokenizing import Front, piece_specs, text_spec, tokenizing_front
from edgekit.training import Epoch, Trained, train
from edgekit.trust import check_trust
from edgekit.workers import ChildExecutor

HUB_IMAGE_RANGE = (0.0, 1.0)
"""The range of TensorFlow Hub's common signature for images, taken where the recipe states none."""


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

    def to_json(self) -> dict[str, Any]:
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
    read = recipe if isinstance(recipe, Recipe) else load_recipe(recipe)
    place = Path(out) if out is not None else Path(read.name)
    modules = find_modules(read)
    check_replaceable(place / "model", CONTRACT_FILE)
    with progress("read data", shows=shows) as advance:
        split = split_data(read.data, read.base, lambda done, total: advance(done, total, ""))
    return tune_modules(read, modules, split, place / "model", shows=shows).model


def find_modules(recipe: Recipe) -> dict[str, Module]:
    """Resolve and read the module of each input; a handle that several inputs share is read once.

    Raises:
        HandleError: There is nothing at a handle.
        ModuleError: A module is damaged, is not the one that the recipe's lock file pins, or can do more than compute
            and is not trusted.
    """
    handles = {given.name: given.module for given in recipe.inputs if given.module is not None}
    found = {
        handle: read_module(handle, resolve(handle, base=recipe.base)) for handle in dict.fromkeys(handles.values())
    }
    modules = {name: found[handle] for name, handle in handles.items()}
    if recipe.path is not None:
        check_lock(lock_path(recipe.path), modules)
    for given in recipe.inputs:
        check_trust(modules[given.name], given.trust)
    return modules


def finished_module(recipe: Recipe) -> Module:
    """Resolve and read the finished model of a recipe."""
    assert recipe.model is not None, "asked for by the caller"
    return read_module(recipe.model, resolve(recipe.model, base=recipe.base))


def lock_modules(recipe: Recipe) -> dict[str, Any]:
    """Pin the modules of a recipe in the lock file beside it, and return its contents.

    Raises:
        RecipeError: The recipe was not read from a file.
        HandleError, ModuleError: There is nothing at a handle, or it is damaged.
    """
    if recipe.path is None:
        raise RecipeError("a recipe that was not read from a file has no lock file")
    if recipe.model is not None:
        return write_lock(lock_path(recipe.path), {"model": finished_module(recipe)})
    handles = {given.name: given.module for given in recipe.inputs if given.module is not None}
    modules = {name: read_module(handle, resolve(handle, base=recipe.base)) for name, handle in handles.items()}
    return write_lock(lock_path(recipe.path), modules)


def tune_modules(recipe: Recipe, modules: Mapping[str, Module], split: DataSplit, out: Path, *, shows: bool) -> Tuning:
    """Train in a child process, which a module cannot harm, and save the model at ``out``.

    Where the task has no head there is nothing to train: the modules are saved as the model.
    """
    contract = tuned_contract(recipe, modules, split)
    make_folder(out.parent)  # where it cannot be written is said before anything is trained
    with ChildExecutor(1, shows=shows) as executor:
        work = _tune_here if recipe.task == "classification" else _export_here
        return executor.submit(work, recipe, modules, contract, split, out, shows=shows).result()


def tuned_contract(recipe: Recipe, modules: Mapping[str, Module], split: DataSplit) -> Contract:
    """Return the contract of the model that a recipe makes of its modules.

    Raises:
        ModuleError: The module has no signature that says what it takes, or does not take what the recipe says.
        DataError: The data has no classes, or just one, and the task needs them.
    """
    inputs = tuple(_input(given, modules[given.name]) for given in recipe.inputs)
    outputs = (_classes(split),) if recipe.task == "classification" else headless_outputs(recipe, modules)
    contract = Contract(inputs=inputs, outputs=outputs)
    first = split.held_out if split.train is None else split.train
    first.read(0, 1, contract)  # what does not fit is said before anything is trained or written
    served_contract(recipe, modules, contract)
    return contract


def _classes(split: DataSplit) -> OutputSpec:
    assert split.train is not None, "a recipe that trains has training data"
    classes = split.train.classes
    if not classes or len(classes) < 2:
        count = len(classes or ())
        raise DataError(
            f"a classifier needs at least 2 classes, the training data has {count}: "
            f"[data] train has to be a folder with one folder of files per class, or a CSV file with a column label"
        )
    return OutputSpec(
        name="probabilities",
        meaning="probabilities",
        dtype="float32",
        shape=(None, len(classes)),
        key="probabilities",
        labels=classes,
    )


def headless_outputs(recipe: Recipe, modules: Mapping[str, Module]) -> tuple[OutputSpec, ...]:
    """Return what modules give that no head reads: their features as one embedding, or all outputs as they are.

    Raises:
        ModuleError: They cannot be told from the signatures.
    """
    signatures = {given.name: _signature(given, modules[given.name]) for given in recipe.inputs}
    if recipe.task == "none":
        return tuple(
            _output(output_name(recipe.inputs, given, spec.name), "tensor", spec.dtype, _known(spec, given))
            for given in recipe.inputs
            for spec in signatures[given.name].outputs
        )
    sizes = []
    for given in recipe.inputs:
        found = {spec.name: spec for spec in signatures[given.name].outputs}
        spec = chosen(found, modules[given.name], given)
        if len(_known(spec, given)) != 2 or spec.shape is None or spec.shape[1] is None:
            raise ModuleError(
                f"{modules[given.name].handle} gives {spec.name} {shown_shape(_known(spec, given))}: an embedding is a "
                f"vector of known size per sample; task = 'none' takes all outputs as they are"
            )
        sizes.append(spec.shape[1])
    return (_output("embedding", "embedding", "float32", (None, sum(sizes))),)


def _output(name: str, meaning: str, dtype: str, shape: Shape) -> OutputSpec:
    return OutputSpec(name=name, meaning=meaning, dtype=dtype, shape=shape, key=name)


def _known(spec: TensorSpec, given: InputRecipe) -> Shape:
    if spec.shape is None:
        raise ModuleError(f"the module of [inputs.{given.name}] leaves even the rank of {spec.name!r} free")
    return spec.shape


def _signature(given: InputRecipe, module: Module) -> Signature:
    return module.signatures[signature_key(module, given)]


def served_contract(recipe: Recipe, modules: Mapping[str, Module], contract: Contract) -> tuple[Contract, Front | None]:
    """Return what the saved model itself takes, and the front end that makes it of the public inputs, if it needs one.

    Raises:
        RecipeError: A vocabulary cannot be read, or is none of word pieces.
    """
    pieces = {
        given.name: piece_specs(given, _signature(given, modules[given.name]), modules[given.name].handle)
        for given in recipe.inputs
        if given.vocabulary is not None
    }
    if not pieces:
        return contract, None
    inputs = [spec for public in contract.inputs for spec in pieces.get(public.name, (public,))]
    return replace(contract, inputs=tuple(inputs)), tokenizing_front(recipe.inputs, pieces, contract)


def _input(given: InputRecipe, module: Module) -> InputSpec:
    """Return what an input of the tuned model takes: what its module takes, and what the recipe adds."""
    if given.vocabulary is not None:
        piece_specs(given, _signature(given, module), module.handle)
        return text_spec(given)
    spec = input_of(_signature(given, module).inputs[0], module.handle)
    spec = replace(spec, name=given.name, key=given.name, kind=given.kind or spec.kind)
    if (spec.kind == "text" and spec.dtype != "string") or (spec.kind == "image" and len(spec.shape) != 4):
        raise ModuleError(
            f"{module.handle} takes {spec.dtype} {shown_shape(spec.shape)}, which is no {spec.kind}: choose another "
            f"module for [inputs.{given.name}], or another kind"
        )
    if spec.kind == "audio":
        spec = media_defaults(replace(spec, sample_rate=given.sample_rate, shape=with_length(spec.shape, given)))
        sound_length(spec)
    elif spec.kind == "image":
        spec = media_defaults(replace(spec, range=given.range or HUB_IMAGE_RANGE, size=_size(given, spec.shape)))
        spec = replace(spec, shape=(spec.shape[0], *image_size(spec), spec.shape[3]))
    return spec


def _size(given: InputRecipe, shape: tuple[int | None, ...]) -> tuple[int, int] | None:
    fixed = None if shape[1] is None or shape[2] is None else (shape[1], shape[2])
    if given.size is not None and fixed not in (None, given.size):
        raise ModuleError(f"size = {list(given.size)} in the recipe, but the module takes {shown_shape(shape)}")
    return given.size


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
            _prepared(part, contract, Path(scratch), name, shows)
            for name, part in (("training", split.train), ("held-out", split.validation))
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
    split: DataSplit,  # noqa: ARG001  # the same work unit as that of training
    out: Path,
    *,
    shows: bool,
) -> Tuning:
    """Save modules without a head as a model."""
    started = time.monotonic()
    served, front = served_contract(recipe, modules, contract)
    with progress("export", shows=shows) as advance:
        if recipe.task == "none":
            backbone = load_signatures(recipe.inputs, modules)
            call = backbone.call
        else:
            backbone = load_backbone(recipe.inputs, modules)
            name = contract.outputs[0].name

            def call(inputs: Mapping[str, Any], training: bool) -> dict[str, Any]:
                return {name: backbone.call(inputs, training)}

        save_reusable(
            out, served, call, variables=backbone.variables, trainable_variables=backbone.trainable_variables,
            tracked=backbone.tracked, front=front,
        )  # fmt: skip
        advance(1, 1, "model")
    model = TunedModel(path=out, contract=contract)
    return Tuning(model=model, history=(), best=-1, seconds=time.monotonic() - started)


def _prepared(samples: Samples, contract: Contract, folder: Path, name: str, shows: bool) -> Samples:
    if not isinstance(samples, TableSamples):
        return samples
    with progress(f"read {name} samples", shows=shows) as advance:
        return prepare(samples, contract, folder, name, lambda done, total: advance(done, total, ""))


def _save(out: Path, contract: Contract, front: Front | None, trained: Trained, trained_on: Samples) -> None:
    from edgekit.frameworks import tensorflow

    backbone, head = trained.backbone, trained.head
    output = contract.outputs[0].name

    def call(inputs: dict[str, Any], training: bool) -> dict[str, Any]:
        logits = head(backbone.call(inputs, training), training=training)
        return {output: tensorflow().nn.softmax(logits)}

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
