"""Tuning: a module and labelled samples become a TunedModel."""

from __future__ import annotations

import dataclasses
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from edgekit.backbone import load_backbone
from edgekit.console import progress
from edgekit.contract import Contract, OutputSpec
from edgekit.data import DataSplit, split_data
from edgekit.errors import DataError, ModuleError
from edgekit.export import save_reusable
from edgekit.handles import resolve
from edgekit.images import image_size
from edgekit.models import TunedModel, image_defaults, input_of
from edgekit.modules import Module, read_module
from edgekit.recipe import InputRecipe, Recipe, load_recipe
from edgekit.samples import Samples, shown_shape
from edgekit.table_samples import TableSamples, prepare
from edgekit.training import Epoch, Trained, train
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
    module = find_module(read)
    with progress("read data", shows=shows) as advance:
        split = split_data(read.data, read.base, lambda done, total: advance(done, total, ""))
    return tune_module(read, module, split, place / "model", shows=shows).model


def find_module(recipe: Recipe) -> Module:
    """Resolve and read the module of a recipe."""
    handle = recipe.inputs[0].module
    assert handle is not None, "a recipe without a model has a module"
    return read_module(handle, resolve(handle, base=recipe.base))


def tune_module(recipe: Recipe, module: Module, split: DataSplit, out: Path, *, shows: bool) -> Tuning:
    """Train in a child process, which a module cannot harm, and save the model at ``out``."""
    contract = tuned_contract(recipe, module, split)
    with ChildExecutor(1, shows=shows) as executor:
        return executor.submit(_tune_here, recipe, module, contract, split, out, shows=shows).result()


def tuned_contract(recipe: Recipe, module: Module, split: DataSplit) -> Contract:
    """Return the contract of the model that a recipe makes of a module.

    Raises:
        ModuleError: The module has no signature that says what it takes, or does not take what the recipe says.
        DataError: The data has no classes, or just one.
    """
    classes = split.train.classes if split.train is not None else None
    if not classes or len(classes) < 2:
        count = len(classes or ())
        raise DataError(
            f"a classifier needs at least 2 classes, the training data has {count}: "
            f"[data] train has to be a folder with one folder of photos per class"
        )
    key = next((key for key in ("serving_default", "default") if key in module.signatures), None)
    if key is None or len(module.signatures[key].inputs) != 1:
        raise ModuleError(f"{module.handle} has no signature with one input, so its input shape is not known")
    given = recipe.inputs[0]
    spec = input_of(module.signatures[key].inputs[0], module.handle)
    spec = replace(spec, name=given.name, key=given.name, kind=given.kind or spec.kind)
    if spec.kind != "image":
        raise ModuleError(
            f"{module.handle} takes {spec.dtype} {shown_shape(spec.shape)}, which is {spec.kind}; the data is photos, "
            f"float32 [?, height, width, 3]: choose an image module, or data that fits"
        )
    spec = image_defaults(replace(spec, range=given.range or HUB_IMAGE_RANGE, size=_size(given, spec.shape)))
    spec = replace(spec, shape=(spec.shape[0], *image_size(spec), spec.shape[3]))
    shape = (spec.shape[0], len(classes))
    output = OutputSpec(
        name="probabilities",
        meaning="probabilities",
        dtype="float32",
        shape=shape,
        key="probabilities",
        labels=classes,
    )
    return Contract(inputs=(spec,), outputs=(output,))


def _size(given: InputRecipe, shape: tuple[int | None, ...]) -> tuple[int, int] | None:
    fixed = None if shape[1] is None or shape[2] is None else (shape[1], shape[2])
    if given.size is not None and fixed not in (None, given.size):
        raise ModuleError(f"size = {list(given.size)} in the recipe, but the module takes {shown_shape(shape)}")
    return given.size


def _tune_here(
    recipe: Recipe, module: Module, contract: Contract, split: DataSplit, out: Path, *, shows: bool
) -> Tuning:
    started = time.monotonic()
    assert split.train is not None, "the recipe has training data"
    assert split.validation is not None, "the recipe has validation data"
    backbone = load_backbone(module)
    with tempfile.TemporaryDirectory(prefix="edgekit-") as scratch:
        data = tuple(
            _prepared(part, contract, Path(scratch), name, shows)
            for name, part in (("training", split.train), ("held-out", split.validation))
        )
        with progress("tune", shows=shows) as advance:

            def epoch(phase: str, done: int, total: int, note: str) -> None:
                advance(done, total, f"{phase}, {note}")

            trained = train(recipe, backbone, contract, (data[0], data[1]), epoch)
    _save(out, contract, trained)
    return Tuning(
        model=TunedModel(path=out, contract=contract),
        history=trained.history,
        best=trained.best,
        seconds=time.monotonic() - started,
    )


def _prepared(samples: Samples, contract: Contract, folder: Path, name: str, shows: bool) -> Samples:
    if not isinstance(samples, TableSamples):
        return samples
    with progress(f"read {name} samples", shows=shows) as advance:
        return prepare(samples, contract, folder, name, lambda done, total: advance(done, total, ""))


def _save(out: Path, contract: Contract, trained: Trained) -> None:
    from edgekit.frameworks import tensorflow

    backbone, head = trained.backbone, trained.head
    name, output = contract.inputs[0].name, contract.outputs[0].name

    def call(inputs: dict[str, Any], training: bool) -> dict[str, Any]:
        logits = head(backbone.call(inputs[name], training), training=training)
        return {output: tensorflow().nn.softmax(logits)}

    save_reusable(
        out,
        contract,
        call,
        variables=[*backbone.variables, *head.variables],
        trainable_variables=[*backbone.trainable_variables, *head.trainable_variables],
        tracked=[] if backbone.variables else backbone.tracked,
    )
