"""Calling a Keras model by the names of its inputs, whatever structure it takes and gives: tensors, lists or dicts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from edgekit.contract.batch import Tensors
from edgekit.hub.keras_files import structure_of
from edgekit.system.optional import tensorflow


def keras_call(model: Any, inputs: Sequence[str], outputs: Sequence[str]) -> Callable[[Tensors, bool], Tensors]:
    """Return a function of tensors by input name, and of whether it is training, that gives tensors by output name.

    Args:
        model: Of Keras 2 or 3.
        inputs: Names of its inputs in the order of ``model.inputs``; of a model without these, of what it is called on.
        outputs: Names of its outputs in the order of ``model.outputs``; empty: a dict's own, or their numbers.
    """
    nest = tensorflow().nest

    def call(values: Tensors, training: bool) -> Tensors:
        tensors = [values[name] for name in inputs]
        answer = model(_structured(model, tensors), training=training)
        if outputs:
            return dict(zip(outputs, nest.flatten(answer), strict=True))
        return named_outputs(answer)

    return call


def _structured(model: Any, tensors: Sequence[Any]) -> Any:
    """Return tensors as the model's own input is structured, which Keras 3 insists on."""
    structure = structure_of(model, "input")
    if structure is None:
        return tensors[0] if len(tensors) == 1 else list(tensors)
    places = {id(tensor): place for place, tensor in enumerate(model.inputs)}
    return tensorflow().nest.map_structure(lambda tensor: tensors[places[id(tensor)]], structure)


def named_outputs(answer: Any) -> Tensors:
    """Return what a function gives by name: a dict's own names, else the numbers of several."""
    if isinstance(answer, dict):
        return {str(name): tensor for name, tensor in answer.items()}
    if isinstance(answer, list | tuple):
        return {f"output_{index}": tensor for index, tensor in enumerate(answer)}
    return {"output": answer}
