"""Adapters are found by their file names: a new file in a folder of theirs is one, and needs no registration."""

from __future__ import annotations

import importlib
import sys
from typing import Any


def names(kind: str) -> list[str]:
    """Return the names of all adapters of a kind, such as ``runtimes``."""
    import pkgutil  # startup

    package = importlib.import_module(f"edgekit.{kind}")
    return sorted(module.name for module in pkgutil.iter_modules(package.__path__) if not module.ispkg)


def load(kind: str, name: str) -> Any:
    """Import an adapter.

    Raises:
        EdgekitError: There is none of that name; the nearest is named.
    """
    module = f"edgekit.{kind}.{name}"
    # One that is imported already was in its folder then: a start looks up some fifty, and folders are slow to list.
    if name.isidentifier() and module in sys.modules:
        imported = importlib.import_module(module)  # waits where another thread is still importing it
        if not hasattr(imported, "__path__"):
            return imported
    available = names(kind)
    if name not in available:
        from edgekit.errors import EdgekitError, nearest  # startup

        what = kind.rpartition(".")[2].rstrip("s")
        raise EdgekitError(
            f"no {what} {name!r}{nearest(name, available)} (there are: {', '.join(available) or 'none'})"
        )
    return importlib.import_module(module)
