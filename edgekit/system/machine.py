"""This machine: what it is, and how much memory a process took."""

from __future__ import annotations

import functools
import platform
from pathlib import Path

from edgekit.system.processes import cores


def peak_memory() -> int | None:
    """Return the peak resident memory of this process in bytes; None where the system does not tell."""
    status = Path("/proc/self/status")
    if not status.exists():
        return None
    lines = status.read_text().splitlines()
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), None)


@functools.cache
def machine() -> str:
    """Return what this machine is, in words: architecture, cores, processor."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    labels = ("model name", "Model", "Hardware")
    name = next((line.partition(":")[2].strip() for line in lines if line.startswith(labels)), platform.processor())
    return ", ".join(fact for fact in (platform.machine(), f"{cores()} cores", name) if fact)
