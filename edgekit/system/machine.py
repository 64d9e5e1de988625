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


def available_memory(root: Path = Path("/")) -> int | None:
    """Return how many bytes of memory new processes may use: what is free, or a container's limit; None: unknown.

    Args:
        root: Where the system's own folders are.
    """
    info = root / "proc/meminfo"
    if not info.exists():
        return None
    sizes = {line.partition(":")[0]: line.split()[1] for line in info.read_text().splitlines() if line.endswith("kB")}
    if "MemAvailable" not in sizes:
        return None
    free = 1024 * int(sizes["MemAvailable"])
    limit, usage, details = (root / "sys/fs/cgroup" / f"memory.{name}" for name in ("max", "current", "stat"))
    if limit.exists() and usage.exists() and limit.read_text().strip() != "max":
        counted = details.read_text().splitlines() if details.exists() else []
        cache = sum(int(line.split()[1]) for line in counted if line.startswith("inactive_file "))  # it is given back
        free = min(free, max(0, int(limit.read_text()) - int(usage.read_text()) + cache))
    return free


@functools.cache
def machine() -> str:
    """Return what this machine is, in words: architecture, cores, processor."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    labels = ("model name", "Model", "Hardware")
    name = next((line.partition(":")[2].strip() for line in lines if line.startswith(labels)), platform.processor())
    return ", ".join(fact for fact in (platform.machine(), f"{cores()} cores", name) if fact)
