"""Models that are in memory: a Keras model, a layer of TensorFlow Hub, a ``tf.Module``, a function, with its weights.

They are known by their classes, so that neither Keras nor TensorFlow is imported to find out: who has such a model has
imported them. Here it is only saved; what is measured of it is measured in a child process.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from edgekit.contract.batch import Tensors
from edgekit.contract.signature import Signature, TensorSpec
from edgekit.errors import ModuleError, nearest
from edgekit.hub.keras_files import model_signature
from edgekit.hub.model_optimization import stripped
from edgekit.original.export import resources, save_signature
from edgekit.original.keras_call import keras_call, named_outputs
from edgekit.system.optional import tensorflow
from edgekit.system.printable import reason_of

MODEL, LAYER, MODULE, FUNCTION = "Keras model", "layer of TensorFlow Hub", "tf.Module", "tf.function"


class Saved(NamedTuple):
    """A model that was in memory.

    Attributes:
        path: Its folder or file, gone when this process ends.
        signature: The key of the signature that was asked for; None: there is only one, or none was.
        inputs: The names of its inputs in its own order, which a SavedModel forgets; empty: it has told none.
    """

    path: Path
    signature: str | None = None
    inputs: tuple[str, ...] = ()


def kind_in_memory(model: object) -> str | None:
    """Return what an object is that holds a model, `MODEL` and so on; None: it is none."""
    names = [f"{kind.__module__.partition('.')[0]}.{kind.__name__}" for kind in type(model).__mro__]
    if "tensorflow_hub.KerasLayer" in names:
        return LAYER
    if "keras.Model" in names or "tf_keras.Model" in names:
        return MODEL
    if hasattr(model, "get_concrete_function") or hasattr(model, "structured_input_signature"):
        return FUNCTION
    return MODULE if "tensorflow.Module" in names or "tensorflow.AutoTrackable" in names else None


def save_in_memory(model: Any, signature: str | None = None) -> Saved:
    """Save a model that is in memory as a SavedModel, or, of a Keras that does not run on TensorFlow, as a Keras file.

    Args:
        model: The model.
        signature: Of one with several signatures or functions, the key of the one to use.

    Raises:
        ModuleError: It is none, or does not say what it takes.
    """
    kind = kind_in_memory(model)
    if kind is None:
        raise ModuleError(
            f"an object of class {type(model).__name__!r} is no model: give a path, a Keras model, a hub.KerasLayer, a "
            f"tf.Module, or a tf.function with its signature"
        )
    folder = Path(tempfile.mkdtemp(prefix="edgekit-model-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    if kind == MODEL and _other_backend(model):
        file = folder / "model.keras"
        model.save(file)
        return Saved(file)
    try:
        return _SAVERS[kind](model, folder / "model", signature)
    except ModuleError:
        raise
    except Exception as error:
        raise ModuleError(f"the {kind} {_name(model)} cannot be saved: {reason_of(error)}") from error


def _name(model: Any) -> str:
    name = getattr(model, "name", None)
    return repr(name) if isinstance(name, str) else f"of class {type(model).__name__}"


def _other_backend(model: Any) -> bool:
    """Whether it is a model of Keras 3 on JAX or PyTorch: its file is loaded on TensorFlow by a child."""
    import sys  # startup

    keras = sys.modules.get("keras")
    is_keras_3 = any(kind.__module__.startswith("keras.") for kind in type(model).__mro__)
    return is_keras_3 and keras is not None and hasattr(keras, "backend") and keras.backend.backend() != "tensorflow"


def _save_keras(model: Any, folder: Path, signature: str | None) -> Saved:
    del signature  # it has one
    model = stripped(model)
    specs = _keras_signature(model)
    call = keras_call(model, [spec.name for spec in specs.inputs], [spec.name for spec in specs.outputs])
    return _saved(folder, specs.inputs, lambda values: call(values, False), [*model.variables, *resources(model)])


def _saved(
    folder: Path, inputs: Sequence[TensorSpec], call: Callable[[Tensors], Tensors], tracked: Sequence[Any]
) -> Saved:
    save_signature(folder, inputs, call, tracked=tracked)
    return Saved(folder, inputs=tuple(spec.name for spec in inputs))


def _keras_signature(model: Any) -> Signature:
    """Return what a Keras model takes and gives; a subclassed one says the former once it was called."""
    if getattr(model, "inputs", None):
        return model_signature(model)
    call_spec = model.save_spec() if hasattr(model, "save_spec") else None
    if call_spec is None:
        raise ModuleError(
            f"the Keras model {_name(model)} has no fixed inputs: build it of keras.Input, or give a tf.function with "
            f"an input_signature that calls it"
        )
    ((specs, *_), _) = call_spec
    if isinstance(specs, Mapping):
        specs = list(specs.values())
    flat = specs if isinstance(specs, list | tuple) else [specs]
    inputs = tuple(_spec(spec, f"input_{index}" if len(flat) > 1 else "input") for index, spec in enumerate(flat))
    return Signature(inputs=inputs, outputs=())


def _save_layer(layer: Any, folder: Path, signature: str | None) -> Saved:
    del signature  # the layer has chosen one
    module = layer.resolved_object
    functions = getattr(module.__call__, "concrete_functions", None) if callable(module) else None
    function = functions[0] if functions else next(iter(module.signatures.values()))
    inputs = _arguments(function.structured_input_signature)
    names = list(inputs)

    def call(values: Tensors) -> Tensors:
        return named_outputs(layer(values if len(names) > 1 else values[names[0]]))

    return _saved(folder, list(inputs.values()), call, [*layer.variables, *resources(layer)])


def _save_module(module: Any, folder: Path, signature: str | None) -> Saved:
    if getattr(module, "signatures", None):
        tensorflow().saved_model.save(module, str(folder), signatures=dict(module.signatures))
        return Saved(folder, signature)
    names = [name for name in dir(type(module)) if name == "__call__" or not name.startswith("_")]
    functions = {name: getattr(module, name, None) for name in [*names, *vars(module)]}
    served = {name: function for name, function in functions.items() if kind_in_memory(function) == FUNCTION}
    key = signature or ("__call__" if "__call__" in served or len(served) != 1 else next(iter(served)))
    if key not in served:
        hint = "" if signature is None else nearest(signature, served)
        raise ModuleError(
            f"the tf.Module {_name(module)} does not say which function answers{hint} (its tf.functions: "
            f"{', '.join(served) or 'none'}): name one as the signature",
            setting="signature",
        )
    return _save_function(served[key], folder, None, owner=module)


def _save_function(function: Any, folder: Path, signature: str | None, *, owner: Any = None) -> Saved:
    del signature  # it is one
    concrete = _concrete(function)
    signature_of_tensors = concrete.structured_input_signature
    inputs = _arguments(signature_of_tensors)

    def call(values: Tensors) -> Tensors:
        tensors = [values[name] for name in inputs]
        positional, keywords = tensorflow().nest.pack_sequence_as(signature_of_tensors, tensors)
        return named_outputs(concrete(*positional, **keywords))

    tracked = [] if owner is None else [owner]
    return _saved(folder, list(inputs.values()), call, [*tracked, *concrete.variables])


def _concrete(function: Any) -> Any:
    if not hasattr(function, "get_concrete_function"):
        return function
    try:
        return function.get_concrete_function()
    except Exception as error:
        raise ModuleError(
            f"the tf.function {getattr(function, '__name__', '')!r} does not say what it takes: give it an "
            f"input_signature, or its concrete function: {reason_of(error)}"
        ) from error


_SAVERS = {MODEL: _save_keras, LAYER: _save_layer, MODULE: _save_module, FUNCTION: _save_function}


def _arguments(structured: Any) -> dict[str, TensorSpec]:
    """Return the tensors that a concrete function takes, by the names of its arguments; what else it takes is fixed."""
    positional, keywords = structured
    specs: Tensors = {}
    for index, argument in enumerate(positional):
        if isinstance(argument, Mapping):
            specs.update(argument)
        elif hasattr(argument, "shape") and hasattr(argument, "dtype"):
            specs[argument.name or f"input_{index}"] = argument
    specs.update({name: spec for name, spec in keywords.items() if hasattr(spec, "shape")})
    return {name: _spec(spec, name) for name, spec in specs.items()}


def _spec(spec: Any, name: str) -> TensorSpec:
    shape = None if spec.shape.rank is None else tuple(spec.shape.as_list())
    return TensorSpec(name=name, dtype=spec.dtype.name, shape=shape)
