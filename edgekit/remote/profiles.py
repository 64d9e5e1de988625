"""Device profiles: one TOML file per device, in ``devices``."""

from __future__ import annotations

import tomllib
from importlib import resources
from typing import Any

from edgekit.errors import EdgekitError, nearest


def device_names() -> list[str]:
    """Return the names of all profiles."""
    folder = resources.files("edgekit.devices")
    return sorted(item.name.removesuffix(".toml") for item in folder.iterdir() if item.name.endswith(".toml"))


def load_profile(name: str) -> dict[str, Any]:
    """Read a device profile.

    Raises:
        EdgekitError: There is none of that name; the nearest is named.
    """
    names = device_names()
    if name not in names:
        raise EdgekitError(f"no device {name!r}{nearest(name, names)} (there are: {', '.join(names)})")
    return tomllib.loads((resources.files("edgekit.devices") / f"{name}.toml").read_text(encoding="utf-8"))
