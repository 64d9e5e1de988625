"""Hub modules as a layer to train on: each reads one input, and their features are put side by side."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from edgekit.contract.batch import Tensors
from edgekit.contract.signature import Signature
from edgekit.errors import ModuleError, nearest
from edgekit.hub.modules import Module
from edgekit.original.word_pieces import piece_name
from edgekit.recipe.input_recipe import InputRecipe
from edgekit.system.optional import require, tensorflow
from edgekit.system.printable import reason_of


class Backbone:
    """Hub modules as a layer sees them: callable, with those of their variables trainable that are asked for.

    It maps a dict of inputs to features.

    It always runs in inference mode: batch statistics of small fine-tuning sets harm batch normalisation, and a part
    of a module cannot be switched alone (TensorFlow's transfer-learning guide advises the same).
    """

    def __init__(
        self,
        call: Layer,
        variables: Sequence[Any],
        trainable: Sequence[Any],
        *,
        tracked: Sequence[Any] = (),
    ) -> None:
        self.tracked = tuple(tracked)
        self.call, self.variables, self.trainable_variables = call, list(variables), list(trainable)

    def __call__(self, inputs: Tensors) -> Any:
        """Return the features ``[n, d]`` of inputs by name."""
        return self.call(inputs, False)

    def unfrozen(self, choice: float | str) -> Backbone:
        """Return the same module with some of its variables trainable.

        Args:
            choice: A share of the trainable variables, counted from the output side, or a regular expression that is
                searched in their names.

        Raises:
            ModuleError: None is trainable, or none matches; the nearest names are shown.
        """
        names = [variable.name for variable in self.trainable_variables]
        if not names:
            raise ModuleError("the module has no trainable variables: leave fine_tune out of the recipe")
        if isinstance(choice, str):
            chosen = [v for v in self.trainable_variables if re.search(choice, v.name)]
            if not chosen:
                hint = nearest(choice, names) or f"; some are: {', '.join(names[:: max(1, len(names) // 5)])}"
                raise ModuleError(f"unfreeze = {choice!r} matches none of the module's variables{hint}")
        else:
            count = math.ceil(choice * len(names))
            chosen = self.trainable_variables[len(names) - count :]
        return Backbone(self.call, self.variables, chosen, tracked=self.tracked)


Layer = Callable[[Tensors, bool], Any]
"""Maps the model's inputs by name, and whether it is training, to what a module makes of those that it reads."""


def load_backbone(inputs: Sequence[InputRecipe], modules: Mapping[str, Module]) -> Backbone:
    """Load the module of each input; one that several inputs share is loaded once, and trained as one.

    Args:
        inputs: The inputs, in the order in which their features are put side by side.
        modules: The module of each input, by its name.

    Raises:
        ModuleError: One cannot be called as a layer, or cannot be loaded.
    """
    loaded = _load_all(modules)
    layers = {
        input_recipe.name: _layer(modules[input_recipe.name], loaded[modules[input_recipe.name].path], input_recipe)
        for input_recipe in inputs
    }

    def call(values: Tensors, training: bool) -> Any:
        vectors = [layer(values, training) for layer in layers.values()]
        if len(vectors) == 1:
            return vectors[0]
        for name, features in zip(layers, vectors, strict=True):
            if len(features.shape) != 2:
                raise ModuleError(f"the module of input {name!r} gives {list(features.shape)}, a head needs vectors")
        return tensorflow().concat(vectors, axis=1)

    return _backbone(call, modules, loaded)


def load_signatures(inputs: Sequence[InputRecipe], modules: Mapping[str, Module]) -> Backbone:
    """Load the module of each input for all that its signature gives, by the names of `output_name`."""
    loaded = _load_all(modules)

    def call(values: Tensors, training: bool) -> Tensors:  # noqa: ARG001  # a signature has one mode
        outputs: Tensors = {}
        for input_recipe in inputs:
            module = modules[input_recipe.name]
            key = signature_key(module, input_recipe)
            answers = loaded[module.path].signatures[key](**feeds(input_recipe, module.signatures[key], values))
            outputs |= {output_name(inputs, input_recipe, name): answers[name] for name in answers}
        return outputs

    return _backbone(call, modules, loaded)


def output_name(inputs: Sequence[InputRecipe], input_recipe: InputRecipe, key: str) -> str:
    """Return the public name of a module's output: its own, led by the input's where there are several inputs."""
    return key if len(inputs) == 1 else f"{input_recipe.name}_{key}"


def feeds(input_recipe: InputRecipe, signature: Signature, values: Tensors) -> Tensors:
    """Return what a signature takes, by its own names: the one tensor of an input, or all those of a tokenized text."""
    keys = [spec.name for spec in signature.inputs]
    if input_recipe.vocabulary is None:
        return {keys[0]: values[input_recipe.name]}
    return {key: values[piece_name(input_recipe.name, key)] for key in keys}


def _load_all(modules: Mapping[str, Module]) -> dict[Path, Any]:
    by_path = {module.path: module for module in modules.values()}
    return {path: _load(module) for path, module in by_path.items()}


def _backbone(call: Layer, modules: Mapping[str, Module], loaded: Mapping[Path, Any]) -> Backbone:
    trained = [layer for layer in loaded.values() if callable(layer)]
    return Backbone(
        call,
        [variable for layer in loaded.values() for variable in getattr(layer, "variables", ())],
        [variable for layer in trained for variable in getattr(layer, "trainable_variables", ())],
        tracked=[
            loaded[module.path]
            for module in modules.values()
            if _has_resources(module) or not hasattr(loaded[module.path], "variables")
        ],
    )


def _has_resources(module: Module) -> bool:
    """Whether a module needs more than its variables saved: tables, or, in frozen formats, all that it is."""
    return not module.callable or any("Table" in op for op in module.ops)


def _load(module: Module) -> Any:
    tensorflow("loading a module")
    hub = require("tensorflow_hub", asked="loading a hub module", extra="convert")
    try:
        return hub.load(str(module.path))
    except Exception as error:
        raise ModuleError(
            f"TensorFlow cannot load {module.handle}: {reason_of(error, longest=300)}", handle=module.handle
        ) from error


def _layer(module: Module, loaded: Any, input_recipe: InputRecipe) -> Layer:
    """Return what maps inputs to features: the module itself, or a signature of it, which stays frozen."""
    signature = module.signatures[signature_key(module, input_recipe)]
    if not callable(loaded) or input_recipe.signature is not None:
        return _signature_layer(module, loaded, input_recipe)
    hub = require("tensorflow_hub", asked="loading a hub module", extra="convert")
    takes_training = hub.keras_layer.func_has_training_argument(loaded)
    by_name = _takes_dict(loaded)

    def call(values: Tensors, training: bool) -> Any:
        fed: Any = feeds(input_recipe, signature, values)
        fed = fed if by_name else next(iter(fed.values()))
        output = loaded(fed, training=training) if takes_training else loaded(fed)
        return chosen(dict(output), module, input_recipe) if isinstance(output, Mapping) else output

    return call


def _takes_dict(loaded: Any) -> bool:
    """Whether a module is called with its inputs by name, as it was traced, and not with its one input itself."""
    traced = getattr(loaded.__call__, "concrete_functions", ())
    return any(isinstance(function.structured_input_signature[0][0], Mapping) for function in traced)


def _signature_layer(module: Module, loaded: Any, input_recipe: InputRecipe) -> Layer:
    key = signature_key(module, input_recipe)
    run, signature = loaded.signatures[key], module.signatures[key]

    def call(values: Tensors, training: bool) -> Any:  # noqa: ARG001  # a signature has one mode
        return chosen(run(**feeds(input_recipe, signature, values)), module, input_recipe)

    return call


def signature_key(module: Module, input_recipe: InputRecipe) -> str:
    """Return the signature that an input uses: the one of the recipe, else ``default`` or ``serving_default``.

    Raises:
        ModuleError: There is none, or it has not one input.
    """
    available = ", ".join(module.signatures) or "none"
    if input_recipe.signature is not None and input_recipe.signature not in module.signatures:
        hint = nearest(input_recipe.signature, module.signatures)
        raise ModuleError(
            f"{module.handle} has no signature {input_recipe.signature!r}{hint} (it has: {available})",
            handle=module.handle,
        )
    candidates = (input_recipe.signature,) if input_recipe.signature else ("default", "serving_default")
    key = next((key for key in candidates if key in module.signatures), None)
    if key is None or (input_recipe.vocabulary is None and len(module.signatures[key].inputs) != 1):
        raise ModuleError(
            f"{module.handle} cannot be used for [inputs.{input_recipe.name}]: it has no signature 'default' or "
            f"'serving_default' with one input (it has: {available}); name one by signature = ...",
            handle=module.handle,
            input=input_recipe.name,
        )
    return key


def chosen(outputs: Tensors, module: Module, input_recipe: InputRecipe) -> Any:
    """Return the output that the recipe names, or ``default``, or the only one.

    Raises:
        ModuleError: There is none of that name, or several and none is named.
    """
    if input_recipe.output is not None and input_recipe.output not in outputs:
        hint = nearest(input_recipe.output, outputs)
        raise ModuleError(
            f"{module.handle} has no output {input_recipe.output!r}{hint} (it has: {', '.join(outputs)})",
            handle=module.handle,
        )
    name = input_recipe.output or ("default" if "default" in outputs else next(iter(outputs)))
    if input_recipe.output is None and name != "default" and len(outputs) != 1:
        raise ModuleError(
            f"{module.handle} has several outputs and none is called 'default': {', '.join(outputs)}; name one by "
            f"output = ... under [inputs.{input_recipe.name}]",
            handle=module.handle,
            input=input_recipe.name,
        )
    return outputs[name]
