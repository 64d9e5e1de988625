"""Layers of tensorflow-model-optimization in Keras models: which classes they are, and what they come down to.

Its wrappers train a model to be pruned, clustered or quantized. What they leave in the weights is all that counts:
pruning and clustering wrappers are stripped; those of quantization stay, since they hold the ranges that were learned.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from edgekit.errors import ModuleError
from edgekit.hub.keras_config import class_names
from edgekit.system.optional import require, tensorflow
from edgekit.system.printable import reason_of

PACKAGE = "tensorflow_model_optimization"
QUANTIZING = f"{PACKAGE}.python.core.quantization.keras"
ANNOTATION = "QuantizeAnnotate"
PRUNING = frozenset({"PruneLowMagnitude", "ConstantSparsity", "PolynomialDecay"})
CLUSTERING = frozenset({"ClusterWeights", "ClusterWeightsMHA"})
QUANTIZATION = frozenset(
    {
        "AllValuesQuantizer",
        "Default8BitActivationQuantizeConfig",
        "Default8BitConvQuantizeConfig",
        "Default8BitConvTransposeQuantizeConfig",
        "Default8BitOutputQuantizeConfig",
        "Default8BitQuantizeConfig",
        "Default8BitQuantizeConfigRNN",
        "DefaultNBitActivationQuantizeConfig",
        "DefaultNBitConvQuantizeConfig",
        "DefaultNBitConvTransposeQuantizeConfig",
        "DefaultNBitOutputQuantizeConfig",
        "DefaultNBitQuantizeConfig",
        "DefaultNBitQuantizeConfigRNN",
        "FixedQuantizeConfig",
        "FixedQuantizer",
        "LastValueQuantizer",
        "MovingAverageQuantizer",
        "NoOpActivation",
        "NoOpQuantizeConfig",
        "NoQuantizer",
        "OutputOnlyConfig",
        ANNOTATION,
        "QuantizeAwareActivation",
        "QuantizeLayer",
        "QuantizeWrapper",
        "QuantizeWrapperV2",
    }
)
CLASSES = PRUNING | CLUSTERING | QUANTIZATION
"""The classes of the package that a Keras file may name; they run no code of the file's."""
_BUILT_TWICE = {
    "QuantizeLayer": "quantize_layer",
    "QuantizeWrapper": "quantize_wrapper",
    "QuantizeWrapperV2": "quantize_wrapper",
}
MODELS = ("Functional", "Model", "Sequential")
ROOMS = ("layers", "initializers", "regularizers", "constraints", "optimizers", "losses", "metrics")
"""Where Keras offers classes. Of those that call a function by its name, such as ``TFOpLambda``, it offers `Lambda`."""
METADATA = "keras_metadata.pb"
"""The file of a SavedModel in which Keras 2 keeps the classes of its layers."""


def is_optimization(config: Mapping[str, Any]) -> bool:
    """Whether an object's configuration in a Keras file names a class of the package."""
    return str(config.get("module")).partition(".")[0] == PACKAGE and config.get("class_name") in CLASSES


def check_applied(classes: Iterable[str], model: str) -> None:
    """Refuse a model that is only annotated for quantization-aware training.

    Args:
        classes: The names of its layers' classes.
        model: What it is called.

    Raises:
        ModuleError: It is.
    """
    if ANNOTATION in classes:
        raise ModuleError(
            f"{model} is annotated for quantization-aware training, and none was applied, so it has no ranges: call "
            f"tfmot.quantization.keras.quantize_apply(model), train the model that it returns, and save that; or "
            f"take the model that was annotated, and convert it to a variant with -qat",
            handle=model,
        )


def saved_classes(folder: Path) -> frozenset[str]:
    """Return the classes that a SavedModel of Keras 2 names for its layers; of another SavedModel, none.

    Raises:
        ModuleError: What Keras wrote of them is damaged.
    """
    file = folder / METADATA
    if not file.is_file():
        return frozenset()
    tensorflow(f"reading {folder.name}")
    keras_metadata = require("tf_keras.protobuf.saved_metadata_pb2", asked=f"reading {file}", extra="convert")
    from google.protobuf.message import DecodeError  # heavy

    try:
        saved = keras_metadata.SavedMetadata.FromString(file.read_bytes())
        configs = [json.loads(node.metadata) for node in saved.nodes if node.metadata]
    except (DecodeError, ValueError) as error:
        raise ModuleError(f"{file} is damaged: {error}; save the model again", path=file) from error
    return frozenset(class_names(configs))


def is_wrapped(folder: Path) -> bool:
    """Whether a SavedModel has wrappers of pruning or clustering, and beside them nothing but Keras' own classes.

    The graph of such a wrapper assigns its own weights, and so cannot be frozen; Keras has to load it. Of other
    classes it might run code then.
    """
    classes = saved_classes(folder)
    return bool(classes & (PRUNING | CLUSTERING)) and all(map(_is_known, classes - CLASSES))


def _is_known(name: str) -> bool:
    """Whether a class is one that Keras 2 offers, and computes without functions that a file names."""
    keras = require("tf_keras", asked="reading a SavedModel of Keras", extra="convert")
    name = name.rpartition(">")[2]  # Keras writes its optimizers as "Custom>SGD"
    offered = (getattr(getattr(keras, room), name, None) for room in ROOMS)
    return name in MODELS or (name != "Lambda" and any(isinstance(entry, type) for entry in offered))


def load_wrapped(folder: Path) -> Any:
    """Load a SavedModel of Keras 2 that `is_wrapped`, and strip its wrappers.

    Raises:
        ModuleError: Keras cannot load it.
    """
    tensorflow(f"loading {folder.name}")
    keras = require("tf_keras", asked=f"loading {folder.name}", extra="convert")
    with loading_scope(saved_classes(folder), folder):
        try:
            return stripped(keras.models.load_model(folder, compile=False))
        except Exception as error:
            raise ModuleError(f"Keras cannot load {folder}: {reason_of(error)}", path=folder) from error


def loading_scope(classes: Iterable[str], path: Path) -> ExitStack:
    """Return a context in which Keras knows those of the package's classes that a file names.

    Raises:
        MissingExtraError: It names some, and the package is not installed.
    """
    names, scope = CLASSES.intersection(classes), ExitStack()
    if not names - {"PolynomialDecay"}:  # a learning rate has a schedule of that name
        return scope
    package = require(PACKAGE, asked=f"loading {path.name}, whose layers are of it,", extra="convert")
    for scope_of in (
        package.sparsity.keras.prune_scope,
        package.clustering.keras.cluster_scope,
        package.quantization.keras.quantize_scope,
    ):
        scope.enter_context(scope_of())
    keras = require("tf_keras", asked=f"loading {path.name}", extra="convert")
    scope.enter_context(keras.utils.custom_object_scope(_built_once(names)))
    return scope


def _built_once(names: frozenset[str]) -> dict[str, type]:
    """Return the package's wrappers of quantization as classes that a ``.keras`` file can be loaded into.

    Loading builds a layer by its ``build_config`` and again by its first call, and theirs (0.8.1) have twice the
    variables then. They also list the weights of the layer inside only if that is built before, as it was when the
    file was saved. In either case the file has another number of values.
    """
    classes = {}
    for name in names & _BUILT_TWICE.keys():
        base = getattr(require(f"{QUANTIZING}.{_BUILT_TWICE[name]}", asked="loading", extra="convert"), name)
        classes[name] = type(
            name, (base,), {"build_from_config": _left_unbuilt, "build": functools.partialmethod(_build, base)}
        )
    return classes


def _left_unbuilt(layer: Any, config: Any) -> None:
    """Build a layer when it is called."""


def _build(wrapper: Any, base: Any, shape: Any) -> None:
    """Build the layer inside, and then the wrapper."""
    inside = getattr(wrapper, "layer", None)
    if inside is not None and not inside.built:
        inside.build(shape)
        inside.built = True
    base.build(wrapper, shape)


def stripped(model: Any) -> Any:
    """Return a Keras model without the wrappers of pruning and clustering, or the model itself if it has none.

    Weights that a mask hides are zero, and each weight of a cluster is its centroid, as in the layers that are wrapped.

    Raises:
        ModuleError: It is annotated for quantization-aware training, see `check_applied`.
    """
    layers = model._flatten_layers() if hasattr(model, "_flatten_layers") else ()  # of Keras 2, nested ones too
    names = {type(layer).__name__ for layer in layers}
    check_applied(names, f"the model {getattr(model, 'name', '')!r}")
    if names & PRUNING:
        package = require(PACKAGE, asked="stripping pruning wrappers", extra="convert")
        for layer in model._flatten_layers():
            for weights, mask, _ in getattr(layer, "pruning_vars", ()):
                weights.assign(weights * mask)  # the last step of training may have moved them
        model = package.sparsity.keras.strip_pruning(model)
    if names & CLUSTERING:
        package = require(PACKAGE, asked="stripping clustering wrappers", extra="convert")
        model = package.clustering.keras.strip_clustering(model)
    return model
