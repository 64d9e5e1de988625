"""What the commands do: one function per command, from parsed options to an exit code."""

from __future__ import annotations

from edgekit.commands.devices import devices, doctor, plan
from edgekit.commands.measuring import bench, parity
from edgekit.commands.models import convert, debug, inspect
from edgekit.commands.recipes import demo, lock, run, search, tune

__all__ = [
    "bench", "convert", "debug", "demo", "devices", "doctor", "inspect", "lock", "parity", "plan", "run", "search",
    "tune",
]  # fmt: skip
