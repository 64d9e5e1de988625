"""Hub modules as a layer to train on: each reads one input, and their features are put side by side."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from edgekit.contract.signature import Signature
from edgekit.errors import ModuleError, nearest
from edgekit.hub.modules import Module
from edgekit.original.word_pieces import piece_name
from edgekit.recipe.recipe import InputRecipe
from edgekit.system.optional import require, tensorflow
from edgekit.system.printable import first_line


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

    def __call__(self, inputs: Mapping[str, Any]) -> Any:
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


Layer = Callable[[Mapping[str, Any], bool], Any]
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
    layers = {given.name: _layer(modules[given.name], loaded[modules[given.name].path], given) for given in inputs}

    def call(values: Mapping[str, Any], training: bool) -> Any:
        found = [layer(values, training) for layer in layers.values()]
        if len(found) == 1:
            return found[0]
        for name, features in zip(layers, found, strict=True):
            if len(features.shape) != 2:
                raise ModuleError(f"the module of input {name!r} gives {list(features.shape)}, a head needs vectors")
        return tensorflow().concat(found, axis=1)

    return _backbone(call, modules, loaded)


def load_signatures(inputs: Sequence[InputRecipe], modules: Mapping[str, Module]) -> Backbone:
    """Load the module of each input for all that its signature gives, by the names of `output_name`."""
    loaded = _load_all(modules)

    def call(values: Mapping[str, Any], training: bool) -> dict[str, Any]:  # noqa: ARG001  # a signature has one mode
        made: dict[str, Any] = {}
        for given in inputs:
            module = modules[given.name]
            key = signature_key(module, given)
            found = loaded[module.path].signatures[key](**feeds(given, module.signatures[key], values))
            made |= {output_name(inputs, given, name): found[name] for name in found}
        return made

    return _backbone(call, modules, loaded)


def output_name(inputs: Sequence[InputRecipe], given: InputRecipe, key: str) -> str:
    """Return the public name of a module's output: its own, led by the input's where there are several inputs."""
    return key if len(inputs) == 1 else f"{given.name}_{key}"


def feeds(given: InputRecipe, signature: Signature, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a signature takes, by its own names: the one tensor of an input, or all those of a tokenized text."""
    keys = [spec.name for spec in signature.inputs]
    if given.vocabulary is None:
        return {keys[0]: values[given.name]}
    return {key: values[piece_name(given.name, key)] for key in keys}


def _load_all(modules: Mapping[str, Module]) -> dict[Path, Any]:
    return {path: _load(module) for path, module in {module.path: module for module in modules.values()}.items()}


def _backbone(call: Layer, modules: Mapping[str, Module], loaded: Mapping[Path, Any]) -> Backbone:
    trained = [part for part in loaded.values() if callable(part)]
    return Backbone(
        call,
        [variable for part in loaded.values() for variable in getattr(part, "variables", ())],
        [variable for part in trained for variable in getattr(part, "trainable_variables", ())],
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
        raise ModuleError(f"TensorFlow cannot load {module.handle}: {first_line(error, longest=300)}") from error


def _layer(module: Module, loaded: Any, given: InputRecipe) -> Layer:
    """Return what maps inputs to features: the module itself, or a signature of it, which stays frozen."""
    signature = module.signatures[signature_key(module, given)]
    if not callable(loaded) or given.signature is not None:
        return _signature_layer(module, loaded, given)
    hub = require("tensorflow_hub", asked="loading a hub module", extra="convert")
    takes_training = hub.keras_layer.func_has_training_argument(loaded)
    by_name = _takes_dict(loaded)

    def call(values: Mapping[str, Any], training: bool) -> Any:
        fed: Any = feeds(given, signature, values)
        fed = fed if by_name else next(iter(fed.values()))
        found = loaded(fed, training=training) if takes_training else loaded(fed)
        return chosen(found, module, given) if isinstance(found, Mapping) else found

    return call


def _takes_dict(loaded: Any) -> bool:
    """Whether a module is called with its inputs by name, as it was traced, and not with its one input itself."""
    traced = getattr(loaded.__call__, "concrete_functions", ())
    return any(isinstance(function.structured_input_signature[0][0], Mapping) for function in traced)


def _signature_layer(module: Module, loaded: Any, given: InputRecipe) -> Layer:
    key = signature_key(module, given)
    run, signature = loaded.signatures[key], module.signatures[key]

    def call(values: Mapping[str, Any], training: bool) -> Any:  # noqa: ARG001  # a signature has one mode
        return chosen(run(**feeds(given, signature, values)), module, given)

    return call


def signature_key(module: Module, given: InputRecipe) -> str:
    """Return the signature that an input uses: the one of the recipe, else ``default`` or ``serving_default``.

    Raises:
        ModuleError: There is none, or it has not one input.
    """
    there = ", ".join(module.signatures) or "none"
    if given.signature is not None and given.signature not in module.signatures:
        hint = nearest(given.signature, module.signatures)
        raise ModuleError(f"{module.handle} has no signature {given.signature!r}{hint} (it has: {there})")
    known = (given.signature,) if given.signature else ("default", "serving_default")
    key = next((key for key in known if key in module.signatures), None)
    if key is None or (given.vocabulary is None and len(module.signatures[key].inputs) != 1):
        raise ModuleError(
            f"{module.handle} cannot be used for [inputs.{given.name}]: it has no signature 'default' or "
            f"'serving_default' with one input (it has: {there}); name one by signature = ..."
        )
    return key


def chosen(found: Mapping[str, Any], module: Module, given: InputRecipe) -> Any:
    """Return the output that the recipe names, or ``default``, or the only one.

    Raises:
        ModuleError: There is none of that name, or several and none is named.
    """
    if given.output is not None and given.output not in found:
        hint = nearest(given.output, found)
        raise ModuleError(f"{module.handle} has no output {given.output!r}{hint} (it has: {', '.join(found)})")
    name = given.output or ("default" if "default" in found else next(iter(found)))
    if given.output is None and name != "default" and len(found) != 1:
        raise ModuleError(
            f"{module.handle} has several outputs and none is called 'default': {', '.join(found)}; name one by "
            f"output = ... under [inputs.{given.name}]"
        )
    return found[name]
