"""What the commands do: one function per command, from parsed options to an exit code."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Callable

HOMES = {
    "bundles": ("bundle", "reproduce", "verify"),
    "completion": ("completion",),
    "devices": ("devices", "doctor", "plan"),
    "measuring": ("bench", "parity"),
    "models": ("convert", "debug", "inspect"),
    "predicting": ("predict",),
    "recipes": ("demo", "lock", "run", "search", "tune"),
}
"""The file of each command; only that is imported, since what a command needs takes time to import."""


def command(name: str) -> Callable[[argparse.Namespace], int]:
    """Return the function of a command."""
    home = next(home for home, names in HOMES.items() if name in names)
    function: Callable[[argparse.Namespace], int] = getattr(
        importlib.import_module(f"edgekit.cli.commands.{home}"), name
    )
    return function
