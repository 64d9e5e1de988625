"""Adapters are found by their file names: a new file in a folder of theirs is one, and needs no registration."""

from __future__ import annotations

import functools
import importlib
from typing import Any


def names(kind: str) -> list[str]:
    """Return the names of all adapters of a kind, such as ``runtimes``."""
    package = importlib.import_module(f"edgekit.{kind}")
    return list(_modules(tuple(package.__path__)))


@functools.cache
def _modules(folders: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of all modules in folders, kept: they are slow to list, and a start asks some thirty times."""
    import pkgutil  # startup

    return tuple(sorted(module.name for module in pkgutil.iter_modules(folders) if not module.ispkg))


def load(kind: str, name: str) -> Any:
    """Import an adapter.

    Raises:
        EdgekitError: There is none of that name; the nearest is named.
    """
    available = names(kind)
    if name not in available:
        from edgekit.errors import EdgekitError, nearest  # startup

        what = kind.rpartition(".")[2].rstrip("s")
        raise EdgekitError(
            f"no {what} {name!r}{nearest(name, available)} (there are: {', '.join(available) or 'none'})"
        )
    return importlib.import_module(f"edgekit.{kind}.{name}")
