"""Hub modules as a layer to train on: each reads one input, and their features are put side by side."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from edgekit.errors import ModuleError, nearest
from edgekit.frameworks import require, tensorflow
from edgekit.modules import Module
from edgekit.recipe import InputRecipe


class Backbone:
    """Hub modules as a layer sees them: callable, with those of their variables trainable that are asked for.

    It maps a dict of inputs to features.

    It always runs in inference mode: batch statistics of small fine-tuning sets harm batch normalisation, and a part
    of a module cannot be switched alone (TensorFlow's transfer-learning guide advises the same).
    """

    def __init__(
        self,
        call: Callable[[Mapping[str, Any], bool], Any],
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


def load_backbone(inputs: Sequence[InputRecipe], modules: Mapping[str, Module]) -> Backbone:
    """Load the module of each input; one that several inputs share is loaded once, and trained as one.

    Args:
        inputs: The inputs, in the order in which their features are put side by side.
        modules: The module of each input, by its name.

    Raises:
        ModuleError: One cannot be called as a layer, or cannot be loaded.
    """
    loaded: dict[Path, Any] = {}
    layers: dict[str, Callable[[Any, bool], Any]] = {}
    for given in inputs:
        module = modules[given.name]
        if module.path not in loaded:
            loaded[module.path] = _load(module)
        layers[given.name] = _layer(module, loaded[module.path], given)

    def call(values: Mapping[str, Any], training: bool) -> Any:
        found = [layer(values[name], training) for name, layer in layers.items()]
        if len(found) == 1:
            return found[0]
        for name, features in zip(layers, found, strict=True):
            if len(features.shape) != 2:
                raise ModuleError(f"the module of input {name!r} gives {list(features.shape)}, a head needs vectors")
        return tensorflow().concat(found, axis=1)

    trained = [part for part in loaded.values() if callable(part)]
    return Backbone(
        call,
        [variable for part in loaded.values() for variable in getattr(part, "variables", ())],
        [variable for part in trained for variable in getattr(part, "trainable_variables", ())],
        tracked=[loaded[module.path] for module in modules.values() if _has_resources(module)],
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
        raise ModuleError(f"TensorFlow cannot load {module.handle}: {_reason(error)}") from error


def _layer(module: Module, loaded: Any, given: InputRecipe) -> Callable[[Any, bool], Any]:
    """Return what maps an input to features: the module itself, or a signature of it, which stays frozen."""
    if not callable(loaded) or given.signature is not None:
        return _signature_layer(module, loaded, given)
    hub = require("tensorflow_hub", asked="loading a hub module", extra="convert")
    takes_training = hub.keras_layer.func_has_training_argument(loaded)

    def call(value: Any, training: bool) -> Any:
        found = loaded(value, training=training) if takes_training else loaded(value)
        return _chosen(found, module, given) if isinstance(found, Mapping) else found

    return call


def _signature_layer(module: Module, loaded: Any, given: InputRecipe) -> Callable[[Any, bool], Any]:
    key = signature_key(module, given)
    signature, name = loaded.signatures[key], module.signatures[key].inputs[0].name

    def call(value: Any, training: bool) -> Any:  # noqa: ARG001  # a signature has one mode
        return _chosen(signature(**{name: value}), module, given)

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
    if key is None or len(module.signatures[key].inputs) != 1:
        raise ModuleError(
            f"{module.handle} cannot be used for [inputs.{given.name}]: it has no signature 'default' or "
            f"'serving_default' with one input (it has: {there}); name one by signature = ..."
        )
    return key


def _chosen(found: Mapping[str, Any], module: Module, given: InputRecipe) -> Any:
    """Return the output that the recipe names, or ``default``, or the only one."""
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


def _reason(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0][:300]
