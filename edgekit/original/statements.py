"""Statements: what a user says of a finished model that its signature does not."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from edgekit.contract.contract import Contract, OutputSpec
from edgekit.contract.medium import medium_of
from edgekit.errors import ModuleError, nearest
from edgekit.recipe.input_recipe import InputRecipe


def with_statements(contract: Contract, inputs: Sequence[InputRecipe], labels: Sequence[str] | None) -> Contract:
    """Add what a recipe says; the one input or output of a model takes whatever name the recipe gives it.

    Args:
        contract: What the signature says.
        inputs: The recipe's tables of inputs.
        labels: Names of the classes, in the order of the outputs.

    Raises:
        ModuleError: There is no such input, or the labels fit no output.
        RecipeError: A setting does not go with the medium of its input.
    """
    specs = {spec.name: spec for spec in contract.inputs}
    for input_recipe in inputs:
        if input_recipe.vocabulary is not None:
            continue  # it stands for several tensors: a tokenizer makes them
        # The one input of a model takes whatever name the recipe gives its one input.
        name = next(iter(specs)) if len(specs) == 1 == len(inputs) else input_recipe.name
        if name not in specs:
            hint = nearest(input_recipe.name, specs)
            raise ModuleError(f"the model has no input {input_recipe.name!r}{hint}", input=input_recipe.name)
        spec = replace(specs[name], name=input_recipe.name).of_medium(input_recipe.kind or specs[name].kind)
        input_recipe.check_settings(spec.kind)
        medium = medium_of(spec)
        specs[name] = medium.with_defaults(medium.with_recipe(spec, input_recipe.stated(spec.kind)))
    outputs = contract.outputs if labels is None else _labelled(contract.outputs, tuple(labels))
    return replace(contract, inputs=tuple(specs.values()), outputs=outputs)


def _labelled(outputs: Sequence[OutputSpec], labels: tuple[str, ...]) -> tuple[OutputSpec, ...]:
    if not any(_has_room(spec, labels) for spec in outputs):
        shapes = ", ".join(f"{spec.name} {list(spec.shape)}" for spec in outputs)
        raise ModuleError(f"{len(labels)} labels fit none of the model's outputs: {shapes}")
    return tuple(_with_labels(spec, labels) if _has_room(spec, labels) else spec for spec in outputs)


def _has_room(spec: OutputSpec, labels: tuple[str, ...]) -> bool:
    return len(spec.shape) == 2 and spec.shape[1] == len(labels)


def _with_labels(spec: OutputSpec, labels: tuple[str, ...]) -> OutputSpec:
    return replace(spec, labels=labels, meaning="logits" if spec.meaning == "tensor" else spec.meaning)
