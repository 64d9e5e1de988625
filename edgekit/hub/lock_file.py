"""Lock files: the digests of a recipe's modules, pinned beside the recipe, so that a changed module is an error."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from edgekit.errors import ModuleError, RecipeError, nearest
from edgekit.hub.modules import Module
from edgekit.system.files import JsonObject, write_json

FORMAT = 1


def lock_path(recipe: Path) -> Path:
    """Return where the lock file of a recipe lies: beside it, with ``.lock`` for ``.toml``."""
    return recipe.with_suffix(".lock")


def write_lock(path: Path, modules: Mapping[str, Module]) -> JsonObject:
    """Pin modules, by handle, and return what was written.

    Raises:
        OutputError: The file cannot be written.
    """
    pinned = {m.handle: {"digest": m.digest, "format": m.format, "bytes": m.bytes} for m in modules.values()}
    value = {"format": FORMAT, "modules": dict(sorted(pinned.items()))}
    write_json(path, value)
    return value


def check_lock(path: Path, modules: Mapping[str, Module]) -> None:
    """Check modules against a lock file, if there is one.

    Raises:
        RecipeError: The lock file cannot be read, or does not know a module.
        ModuleError: A module is not the one that was pinned.
    """
    if not path.is_file():
        return
    again = f"if that is meant, pin it anew: edgekit lock {path.with_suffix('.toml')}"
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        pinned = {str(handle): str(entry["digest"]) for handle, entry in value["modules"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise RecipeError(f"{path} is not a lock file that can be read: {error}; {again}", path=path) from error
    for module in modules.values():
        if module.handle not in pinned:
            raise RecipeError(
                f"{path} does not pin {module.handle}{nearest(module.handle, pinned)}; {again}",
                path=path,
                handle=module.handle,
            )
        if pinned[module.handle] != module.digest:
            change = f"{path.name} pins {pinned[module.handle]}, it is now {module.digest}"
            raise ModuleError(f"{module.handle} has changed: {change}; {again}", handle=module.handle)
