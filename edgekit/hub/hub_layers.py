"""Layers of Keras files that are modules of TensorFlow Hub: the file names their handles, which are resolved as any."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from edgekit.errors import EdgekitError, HandleError, ModuleError
from edgekit.hub.handles import resolve
from edgekit.hub.keras_config import objects
from edgekit.system.files import JsonObject
from edgekit.system.optional import require

CLASS_NAME = "KerasLayer"
"""The class in TensorFlow Hub, as an HDF5 file has it, which names no package."""
PACKAGE = "tensorflow_hub.keras_layer"


class HubLayer(NamedTuple):
    """A layer of a Keras model that is a module.

    Attributes:
        name: The layer's name.
        handle: Where its module was when the model was saved.
    """

    name: str
    handle: str


def is_hub_layer(config: JsonObject) -> bool:
    """Whether an entry of a Keras configuration is such a layer: `CLASS_NAME`, of `PACKAGE` where one is named."""
    return config.get("class_name") == CLASS_NAME and config.get("module") in (None, PACKAGE)


def hub_layers(config: Any) -> tuple[HubLayer, ...]:
    """Return all such layers in a model's configuration, nested models included.

    Raises:
        ModuleError: One has no handle.
    """
    return tuple(_layer(entry.get("config")) for entry in objects(config) if is_hub_layer(entry))


def _layer(settings: Any) -> HubLayer:
    if not isinstance(settings, dict) or not isinstance(settings.get("handle"), str):
        raise ModuleError("a KerasLayer of the model names no handle, so its module is not known")
    return HubLayer(name=str(settings.get("name", CLASS_NAME)), handle=settings["handle"])


def module_paths(layers: tuple[HubLayer, ...], file: Path, root: Path | None) -> dict[str, Path]:
    """Return the local folder of each layer's module, by handle; what is not here is fetched, unless that is forbidden.

    A handle that is no address is looked for below ``root``, where one is stated: as it is written, then by ever fewer
    of its last folders, since a model may come from another machine. Without a root, it starts from the file's folder.

    Args:
        layers: The layers.
        file: The Keras file.
        root: The folder that the modules lie in.

    Raises:
        ModuleError: There is nothing at a handle; the layer and the handle are named.
        ReachError: It has to be fetched, and its server cannot be reached.
    """
    return {layer.handle: _module_path(layer, file, root) for layer in layers}


def _module_path(layer: HubLayer, file: Path, root: Path | None) -> Path:
    below = None if root is None or "://" in layer.handle else _below(layer.handle, root)
    try:
        return resolve(layer.handle, base=file.parent) if below is None else resolve(str(below))
    except EdgekitError as error:
        if isinstance(error, HandleError) and "://" not in layer.handle:
            folder = file.parent if root is None else root
            raise ModuleError(
                f"{file}: the layer {layer.name!r} is the module {layer.handle!r}, and none is there, nor in {folder}: "
                f"say in which folder the modules of the model's layers lie",
                path=file,
                handle=layer.handle,
                setting="root",
            ) from error
        raise error.within(f"{file}: the layer {layer.name!r}") from None


def _below(handle: str, root: Path) -> Path | None:
    """Return the folder below a root that a path from another place leads to by the most of its last folders."""
    parts = [part for part in PurePosixPath(handle.replace("\\", "/")).parts if part not in ("/", ".", "..", "~")]
    candidates = (root.joinpath(*parts[start:]) for start in range(len(parts)))
    return next((path for path in candidates if path.exists()), None)


def layer_class(paths: Mapping[str, Path]) -> Any:
    """Return TensorFlow Hub's layer, which looks for its modules where they are here.

    Args:
        paths: The modules' folders, by handle.

    Raises:
        MissingExtraError: TensorFlow Hub is not installed.
    """
    hub: Any = require("tensorflow_hub", asked="a model with a layer of TensorFlow Hub", extra="convert")

    class ResolvedLayer(hub.KerasLayer):  # type: ignore[misc]  # it has no types
        @classmethod
        def from_config(cls, config: JsonObject) -> Any:
            return hub.KerasLayer.from_config({**config, "handle": str(paths[config["handle"]])})

    return ResolvedLayer
