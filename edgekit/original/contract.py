"""What a tuned model takes and gives: its modules' signatures, and what the recipe adds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from edgekit.adapters.task import load_task
from edgekit.contract.contract import Contract, InputSpec, OutputSpec, Shape
from edgekit.contract.defaults import media_defaults
from edgekit.contract.signature import Signature, TensorSpec
from edgekit.data.audio import sound_length
from edgekit.data.images import image_size
from edgekit.data.samples import shown_shape
from edgekit.data.splits import DataSplit
from edgekit.errors import ModuleError
from edgekit.hub.modules import Module
from edgekit.models.front import Front
from edgekit.original.backbone import chosen, output_name, signature_key
from edgekit.original.finished import input_of
from edgekit.original.word_pieces import piece_specs, text_spec, tokenizing_front
from edgekit.recipe.preprocessing import with_length, with_preprocessing
from edgekit.recipe.recipe import InputRecipe, Recipe

HUB_IMAGE_RANGE = (0.0, 1.0)
"""The range of TensorFlow Hub's common signature for images, taken where the recipe states none."""


def tuned_contract(recipe: Recipe, modules: Mapping[str, Module], split: DataSplit) -> Contract:
    """Return the contract of the model that a recipe makes of its modules.

    Raises:
        ModuleError: The module has no signature that says what it takes, or does not take what the recipe says.
        DataError: The data has no classes, or just one, or no targets, and the task needs them.
    """
    inputs = tuple(_input(given, modules[given.name]) for given in recipe.inputs)
    outputs = (load_task(recipe.task).head_output(split),) if recipe.trains else headless_outputs(recipe, modules)
    contract = Contract(inputs=inputs, outputs=outputs)
    first = split.held_out if split.train is None else split.train
    first.read(0, 1, contract)  # what does not fit is said before anything is trained or written
    served_contract(recipe, modules, contract)
    return contract


def headless_outputs(recipe: Recipe, modules: Mapping[str, Module]) -> tuple[OutputSpec, ...]:
    """Return what modules give that no head reads: their features as one embedding, or all outputs as they are.

    Raises:
        ModuleError: They cannot be told from the signatures.
    """
    signatures = {given.name: _signature(given, modules[given.name]) for given in recipe.inputs}
    task = load_task(recipe.task)
    (meaning,) = task.MEANINGS
    if not task.JOINS_FEATURES:
        return tuple(
            _output(output_name(recipe.inputs, given, spec.name), meaning, spec.dtype, _known(spec, given))
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
    return (_output(recipe.task, meaning, "float32", (None, sum(sizes))),)


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
    inputs = [
        spec
        for public in contract.inputs
        for spec in (pieces[public.name].values() if public.name in pieces else (public,))
    ]
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
        spec = replace(with_preprocessing(spec, given), size=_size(given, spec.shape))
        spec = media_defaults(replace(spec, range=given.range or HUB_IMAGE_RANGE))
        spec = replace(spec, shape=(spec.shape[0], *image_size(spec), spec.shape[3]))
    return spec


def _size(given: InputRecipe, shape: tuple[int | None, ...]) -> tuple[int, int] | None:
    fixed = None if shape[1] is None or shape[2] is None else (shape[1], shape[2])
    if given.size is not None and fixed not in (None, given.size):
        raise ModuleError(f"size = {list(given.size)} in the recipe, but the module takes {shown_shape(shape)}")
    return given.size
