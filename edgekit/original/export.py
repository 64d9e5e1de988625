"""Saving a model as a reusable SavedModel: a hub module itself, with a signature that has the contract's names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from edgekit.contract.batch import Tensors
from edgekit.contract.contract import CONTRACT_FILE, Contract
from edgekit.contract.signature import TensorSpec
from edgekit.data.leakage import save_seen
from edgekit.data.samples import Samples
from edgekit.models.frontend_folder import Front, save_front
from edgekit.system.files import new_folder
from edgekit.system.optional import tensorflow


def resources(model: Any) -> list[Any]:
    """Return all that a Keras model or layer reads: lookup tables, files, and variables that it does not list.

    A module of TensorFlow Hub may list only those that can be trained.
    """
    tf = tensorflow()
    kinds = (tf.saved_model.experimental.TrackableResource, tf.Variable)
    return [entry for entry in tf.train.TrackableView(model).descendants() if isinstance(entry, kinds)]


def save_reusable(
    path: Path,
    contract: Contract,
    call: Callable[[Tensors, bool], Tensors],
    *,
    variables: Sequence[Any],
    trainable_variables: Sequence[Any],
    tracked: Sequence[Any] = (),
    trained_on: Samples | None = None,
    front: Front | None = None,
) -> None:
    """Save a model by the interface of reusable SavedModels, with its contract beside it.

    ``hub.KerasLayer(path)`` loads it. With one input and one output it maps a tensor to a tensor, else dict to dict.

    Args:
        path: The folder to make.
        contract: Names, dtypes and shapes of inputs and outputs.
        call: Maps inputs by name, and whether it is training, to outputs by name.
        variables: All variables that ``call`` uses.
        trainable_variables: Those of them that fine-tuning may change.
        tracked: Other resources that ``call`` uses, such as lookup tables.
        trained_on: The samples that trained it, which are remembered.
        front: What makes these inputs of the public ones, where they differ.

    Raises:
        OutputError: The folder cannot be written.
    """
    tf = tensorflow("saving a model")
    specs = {spec.name: tf.TensorSpec(spec.shape, spec.dtype, name=spec.name) for spec in contract.inputs}
    single = len(contract.inputs) == len(contract.outputs) == 1

    def layer(inputs: Any, training: bool = False) -> Any:
        outputs = call({contract.inputs[0].name: inputs} if single else inputs, training)
        return outputs[contract.outputs[0].name] if single else outputs

    def serve(*inputs: Any) -> Any:
        return call(dict(zip(specs, inputs, strict=True)), False)

    layer_function = tf.function(layer, autograph=False)
    for training in (False, True):
        layer_function.get_concrete_function(next(iter(specs.values())) if single else specs, training=training)
    serving = tf.function(serve, autograph=False, input_signature=list(specs.values()))
    module = tf.train.Checkpoint()
    module.variables = list(variables)
    module.trainable_variables = list(trainable_variables)
    module.regularization_losses = []
    module.tracked = list(tracked)
    module.__call__ = layer_function
    with new_folder(path, sign=CONTRACT_FILE) as folder:
        tf.saved_model.save(module, str(folder), signatures={contract.signature: serving})
        contract.save(folder)
        if front is not None:
            save_front(front, contract, folder)
        if trained_on is not None:
            save_seen(folder, trained_on)


def save_signature(
    path: Path, inputs: Sequence[TensorSpec], call: Callable[[Tensors], Tensors], *, tracked: Sequence[Any]
) -> None:
    """Save a function of tensors as a SavedModel with one signature, ``serving_default``.

    Args:
        path: The folder to make.
        inputs: What it takes; a free rank stays free.
        call: Maps inputs by name to outputs by name.
        tracked: The variables and tables that it reads.
    """
    tf = tensorflow("saving a model")
    specs = [tf.TensorSpec(spec.shape, spec.dtype, name=spec.name) for spec in inputs]

    def serve(*tensors: Any) -> Any:
        return call({spec.name: tensor for spec, tensor in zip(inputs, tensors, strict=True)})

    module = tf.train.Checkpoint()
    module.tracked = list(tracked)
    serving = tf.function(serve, autograph=False, input_signature=specs)
    tf.saved_model.save(module, str(path), signatures={"serving_default": serving})
