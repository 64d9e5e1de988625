"""Keras files, ``.keras`` and ``.h5``: what is in them, and the model itself, by the Keras that wrote it."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from edgekit.contract.signature import Signature, TensorSpec
from edgekit.errors import MissingExtraError, ModuleError
from edgekit.hub.code_files import defined_names, run_files
from edgekit.hub.hub_layers import CLASS_NAME, HubLayer, hub_layers, is_hub_layer, layer_class
from edgekit.hub.keras_config import class_names, objects
from edgekit.hub.model_optimization import check_applied, is_optimization, loading_scope, stripped
from edgekit.system.optional import require, tensorflow
from edgekit.system.printable import reason_of
from edgekit.system.processes import ChildExecutor

_UNKNOWN_CLASS = re.compile(
    r"(?:Unknown (?:layer|object|class)|Could not locate class|Cannot deserialize object of type)"
    r":? ['`](?:.+>)?(\w+)['`]"
)
"""How both versions of Keras say that a class is not theirs, with its name."""


def layer_classes(path: Path) -> list[str]:
    """Return the class names of all layers in a Keras file, nested models included, without loading it.

    Raises:
        ModuleError: It is not a Keras file, or is damaged.
    """
    return list(class_names(_read_config(path)[0]))


def _read_config(path: Path) -> tuple[Any, str]:
    """Return a model's configuration and the version of Keras that wrote it."""
    try:
        if path.suffix == ".keras":
            with zipfile.ZipFile(path) as archive:
                version = json.loads(archive.read("metadata.json"))["keras_version"]
                return json.loads(archive.read("config.json")), version
        h5py = require("h5py", asked=f"reading {path.name}", extra="convert")
        with h5py.File(path, "r") as file:
            if "model_config" not in file.attrs:
                raise ModuleError(f"{path} holds weights only: save the whole model, by model.save(...)", path=path)
            return json.loads(file.attrs["model_config"]), str(file.attrs.get("keras_version", "2"))
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise ModuleError(f"{path} is not a Keras file that can be read: {error}", path=path) from error


def layers_of_hub(path: Path) -> tuple[HubLayer, ...]:
    """Return the layers of a Keras file that are modules of TensorFlow Hub, without loading it.

    Raises:
        ModuleError: It is not a Keras file, or is damaged.
    """
    return hub_layers(_read_config(path)[0])


def foreign_classes(path: Path, imports: Sequence[Path] = ()) -> list[str]:
    """Return the classes of a Keras 3 file that loading would import from packages other than Keras.

    What files that the user imports define is none.

    A layer of TensorFlow Hub is none: what it runs is its module, which goes through the trust of modules itself.
    """
    own = defined_names(imports)
    return sorted(name for name in set(_foreign(_read_config(path)[0])) if name.rpartition(".")[2] not in own)


def _foreign(config: Any) -> Iterator[str]:
    for entry in objects(config):
        module = entry.get("module")
        own = module is None or module == "builtins" or str(module).partition(".")[0] in ("keras", "tf_keras")
        if not own and not is_hub_layer(entry) and not is_optimization(entry):
            yield f"{module}.{entry['class_name']}"


def load_keras(
    path: Path,
    *,
    trusted: bool = False,
    modules: Mapping[str, Path] | None = None,
    imports: Sequence[Path] = (),
) -> Any:
    """Load a Keras model by Keras 2 or Keras 3, whichever wrote it.

    Args:
        path: The file.
        trusted: Load layers that are Python code too.
        modules: The folders of the modules that its layers of TensorFlow Hub name, by handle.
        imports: Files of Python code that define its own classes; they are run.

    Raises:
        ModuleError: It holds a Lambda layer, which is Python code, and is not trusted, or it cannot be loaded.
    """
    config, version = _read_config(path)
    if not trusted and ("Lambda" in class_names(config) or foreign_classes(path, imports)):
        raise ModuleError(
            f"{path} holds a Lambda layer or a class from outside of Keras, which is Python code that loading would "
            f"run: replace it by a built-in layer, save the model as a SavedModel, name the file that defines the "
            f"class, or state that you trust its digest",
            path=path,
        )
    names = set(class_names(config))
    check_applied(names, str(path))
    tensorflow(f"loading {path.name}")
    keras = require("keras" if version.startswith("3") else "tf_keras", asked=f"loading {path.name}", extra="convert")
    try:
        with loading_scope(names, path):
            classes = {**run_files(imports), **({CLASS_NAME: layer_class(modules)} if modules else {})}
            model = keras.models.load_model(path, compile=False, safe_mode=not trusted, custom_objects=classes)
            return stripped(model)
    except (MissingExtraError, ModuleError):
        raise
    except Exception as error:
        unknown = _UNKNOWN_CLASS.search(str(error))
        if unknown is not None:
            files = "".join(f", nor {file} defines" for file in imports)
            raise ModuleError(
                f"{path} has a class {unknown[1]} that Keras does not know{files}: name the Python file that defines "
                f'it, by import = ["FILE.py"] in the recipe',
                path=path,
                op=unknown[1],
                setting="imports",
            ) from error
        raise ModuleError(f"Keras {version} cannot load {path}: {reason_of(error)}", path=path) from error


def keras_signature(path: Path, modules: Mapping[str, Path] | None = None, imports: Sequence[Path] = ()) -> Signature:
    """Return inputs and outputs of a Keras model; it is loaded in a child process to find them.

    Args:
        path: The file.
        modules: As for `load_keras`.
        imports: As there.
    """
    with ChildExecutor(1) as executor:
        return executor.submit(_signature_of_file, path, modules, imports).result()


def _signature_of_file(path: Path, modules: Mapping[str, Path] | None, imports: Sequence[Path]) -> Signature:
    return model_signature(load_keras(path, modules=modules, imports=imports))


def model_signature(model: Any) -> Signature:
    """Return inputs and outputs of a loaded Keras model, under the names that Keras gives them."""
    return Signature(
        inputs=_specs(model.inputs, _names(model, "input")),
        outputs=_specs(model.outputs, _names(model, "output")),
    )


def structure_of(model: Any, side: str) -> Any:
    """Return the tensors of a loaded model's ``input`` or ``output``: one, a list or a dict; None: it has none yet."""
    tensors = getattr(model, f"{side}s", None)
    if not tensors:
        return None
    single = tensors[0] if len(tensors) == 1 else tensors
    return getattr(model, side, single)  # a Sequential of Keras 3 has it only once it was called


def _names(model: Any, side: str) -> Any:
    """Return the names of a model's inputs or outputs: the keys of a dict, else those that Keras gives them."""
    structure = structure_of(model, side)
    return sorted(structure) if isinstance(structure, dict) else getattr(model, f"{side}_names", None)


def _specs(tensors: Any, names: Any) -> tuple[TensorSpec, ...]:
    if not tensors:
        raise ModuleError("the Keras model has no fixed inputs: call it once before it is saved")
    named = names or [tensor.name for tensor in tensors]
    return tuple(_spec(name, tensor) for name, tensor in zip(named, tensors, strict=True))


def _spec(name: str, tensor: Any) -> TensorSpec:
    shape = tuple(None if size is None else int(size) for size in tensor.shape)
    return TensorSpec(name=name, dtype=str(getattr(tensor.dtype, "name", tensor.dtype)), shape=shape)
