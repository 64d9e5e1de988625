"""What a tuned model takes and gives: its modules' signatures, and what the recipe adds."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from edgekit.adapters.task import load_task
from edgekit.contract.contract import Contract, InputSpec, OutputSpec
from edgekit.contract.medium import medium_of
from edgekit.contract.shape import Shape, shown_shape
from edgekit.contract.signature import Signature, TensorSpec
from edgekit.data.splits import DataSplit
from edgekit.errors import ModuleError
from edgekit.hub.modules import Module
from edgekit.models.frontend_folder import Front
from edgekit.original.backbone import chosen, output_name, signature_key
from edgekit.original.finished import input_of
from edgekit.original.word_pieces import piece_specs, text_spec, tokenizing_front
from edgekit.recipe.input_recipe import InputRecipe
from edgekit.recipe.recipe import Recipe


def tuned_contract(recipe: Recipe, modules: Mapping[str, Module], split: DataSplit) -> Contract:
    """Return the contract of the model that a recipe makes of its modules.

    Raises:
        ModuleError: The module has no signature that says what it takes, or does not take what the recipe says.
        DataError: The data has no classes, or just one, or no targets, and the task needs them.
    """
    inputs = tuple(_input(input_recipe, modules[input_recipe.name]) for input_recipe in recipe.inputs)
    outputs = (load_task(recipe.task).head_output(split),) if recipe.trains else headless_outputs(recipe, modules)
    contract = Contract(inputs=inputs, outputs=outputs)
    first = split.held_out if split.train is None else split.train
    first.read(0, 1, contract)  # what does not fit is said before anything is trained or written
    for table, spec in zip(recipe.inputs, inputs, strict=True):
        table.check_settings(spec.kind)  # behind the data: that it is of another medium says more
    served_contract(recipe, modules, contract)
    return contract


def headless_outputs(recipe: Recipe, modules: Mapping[str, Module]) -> tuple[OutputSpec, ...]:
    """Return what modules give that no head reads: their features as one embedding, or all outputs as they are.

    Raises:
        ModuleError: They cannot be told from the signatures.
    """
    signatures = {
        input_recipe.name: _signature(input_recipe, modules[input_recipe.name]) for input_recipe in recipe.inputs
    }
    task = load_task(recipe.task)
    (meaning,) = task.MEANINGS
    if not task.JOINS_FEATURES:
        return tuple(
            _output(
                output_name(recipe.inputs, input_recipe, spec.name),
                meaning,
                spec.dtype,
                _fixed_rank(spec, input_recipe),
            )
            for input_recipe in recipe.inputs
            for spec in signatures[input_recipe.name].outputs
        )
    sizes = []
    for input_recipe in recipe.inputs:
        outputs = {spec.name: spec for spec in signatures[input_recipe.name].outputs}
        spec = chosen(outputs, modules[input_recipe.name], input_recipe)
        if len(_fixed_rank(spec, input_recipe)) != 2 or spec.shape is None or spec.shape[1] is None:
            handle, shape = modules[input_recipe.name].handle, shown_shape(_fixed_rank(spec, input_recipe))
            raise ModuleError(
                f"{handle} gives {spec.name} {shape}: an embedding is a vector of known size per sample; "
                f"task = 'none' takes all outputs as they are",
                handle=handle,
                input=input_recipe.name,
                setting="task",
            )
        sizes.append(spec.shape[1])
    return (_output(recipe.task, meaning, "float32", (None, sum(sizes))),)


def _output(name: str, meaning: str, dtype: str, shape: Shape) -> OutputSpec:
    return OutputSpec(name=name, meaning=meaning, dtype=dtype, shape=shape, key=name)


def _fixed_rank(spec: TensorSpec, input_recipe: InputRecipe) -> Shape:
    if spec.shape is None:
        raise ModuleError(
            f"the module of [inputs.{input_recipe.name}] leaves even the rank of {spec.name!r} free",
            input=input_recipe.name,
        )
    return spec.shape


def _signature(input_recipe: InputRecipe, module: Module) -> Signature:
    return module.signatures[signature_key(module, input_recipe)]


def served_contract(recipe: Recipe, modules: Mapping[str, Module], contract: Contract) -> tuple[Contract, Front | None]:
    """Return what the saved model itself takes, and the front end that makes it of the public inputs, if it needs one.

    Raises:
        RecipeError: A vocabulary cannot be read, or is none of word pieces.
    """
    pieces = {
        input_recipe.name: piece_specs(
            input_recipe, _signature(input_recipe, modules[input_recipe.name]), modules[input_recipe.name].handle
        )
        for input_recipe in recipe.inputs
        if input_recipe.vocabulary is not None
    }
    if not pieces:
        return contract, None
    inputs = [
        spec
        for public in contract.inputs
        for spec in (pieces[public.name].values() if public.name in pieces else (public,))
    ]
    return replace(contract, inputs=tuple(inputs)), tokenizing_front(recipe.inputs, pieces, contract)


def _input(input_recipe: InputRecipe, module: Module) -> InputSpec:
    """Return what an input of the tuned model takes: what its module takes, and what the recipe adds."""
    if input_recipe.vocabulary is not None:
        piece_specs(input_recipe, _signature(input_recipe, module), module.handle)
        return text_spec(input_recipe)
    spec = input_of(_signature(input_recipe, module).inputs[0], module.handle)
    spec = replace(spec, name=input_recipe.name, key=input_recipe.name).of_medium(input_recipe.kind or spec.kind)
    medium = medium_of(spec)
    if not medium.fits(spec.dtype, spec.shape):
        raise ModuleError(
            f"{module.handle} takes {spec.dtype} {shown_shape(spec.shape)}, which is no {spec.kind}: choose another "
            f"module for [inputs.{input_recipe.name}], or another kind",
            handle=module.handle,
            input=input_recipe.name,
        )
    stated = input_recipe.stated(spec.kind)
    return medium.fixed(medium.with_recipe(spec, stated), module.handle)
