"""Hub modules as layers to train on."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import Any

from edgekit.errors import ModuleError, nearest
from edgekit.frameworks import require, tensorflow
from edgekit.modules import Module


class Backbone:
    """A hub module as a layer sees it: callable, with those of its variables trainable that are asked for.

    It always runs in inference mode: batch statistics of small fine-tuning sets harm batch normalisation, and a part
    of a module cannot be switched alone (TensorFlow's transfer-learning guide advises the same).
    """

    def __init__(
        self,
        call: Callable[[Any, bool], Any],
        variables: Sequence[Any],
        trainable: Sequence[Any],
        *,
        tracked: Sequence[Any] = (),
    ) -> None:
        self.tracked = tuple(tracked)
        self.call, self.variables, self.trainable_variables = call, list(variables), list(trainable)

    def __call__(self, inputs: Any) -> Any:
        """Return features ``[n, d]``."""
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


def load_backbone(module: Module) -> Backbone:
    """Load a hub module to train on.

    Raises:
        ModuleError: It cannot be called as a layer, or cannot be loaded.
    """
    tensorflow("loading a module")
    hub = require("tensorflow_hub", asked="loading a hub module", extra="convert")
    try:
        loaded = hub.load(str(module.path))
    except Exception as error:
        raise ModuleError(f"TensorFlow cannot load {module.handle}: {_reason(error)}") from error
    if not callable(loaded):
        return _signature_backbone(module, loaded)

    takes_training = hub.keras_layer.func_has_training_argument(loaded)

    def call(inputs: Any, training: bool) -> Any:
        return loaded(inputs, training=training) if takes_training else loaded(inputs)

    return Backbone(
        call, getattr(loaded, "variables", ()), getattr(loaded, "trainable_variables", ()), tracked=[loaded]
    )


def _signature_backbone(module: Module, loaded: Any) -> Backbone:
    """Use a module by its signature: TF1 hub format, or a SavedModel that is no reusable layer; it stays frozen."""
    key = "default" if "default" in loaded.signatures else "serving_default"
    if key not in loaded.signatures or len(module.signatures[key].inputs) != 1:
        raise ModuleError(f"{module.handle} cannot be used as a layer: it has no signature 'default' with one input")
    signature, name = loaded.signatures[key], module.signatures[key].inputs[0].name
    outputs = [spec.name for spec in module.signatures[key].outputs]
    output = "default" if "default" in outputs else outputs[0]
    if len(outputs) != 1 and output != "default":
        raise ModuleError(f"{module.handle} has several outputs and none is called 'default': {', '.join(outputs)}")

    def call(inputs: Any, training: bool) -> Any:  # noqa: ARG001  # a frozen module has one mode
        return signature(**{name: inputs})[output]

    return Backbone(call, getattr(loaded, "variables", ()), (), tracked=[loaded])


def _reason(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0][:300]
