"""What a device says of itself."""

from __future__ import annotations

import os
import re
import sys

import numpy as np

from .arrays import Message

PI_THROTTLED = "/sys/devices/platform/soc/soc:firmware/get_throttled"
"""Where a Raspberry Pi's firmware says in bits that it slows down: too little voltage, too hot, capped."""
SLOWING = 0xF
"""Of these bits those that hold now; the higher ones tell of the time since it was started."""


def hello(packages: list[str]) -> Message:
    """Return what this device is: its Python, the versions of packages, its processor, memory and heat."""
    return {
        "python": ".".join(map(str, sys.version_info[:3])),
        "process": os.getpid(),
        "numpy": np.__version__,
        "packages": _versions(packages),
        "machine": machine(),
        "state": state(),
    }


def _versions(packages: list[str]) -> dict[str, str | None]:
    """Return the versions of packages, None of those that are not installed.

    By the names of the folders that tell of them: importlib.metadata takes longer to import than an interpreter.
    """
    versions: dict[str, str | None] = dict.fromkeys(packages)
    names = {name.replace("-", "_"): name for name in packages}
    for folder in reversed(sys.path):  # what comes first counts
        try:
            entries = os.listdir(folder)
        except OSError:
            continue
        for entry in entries:
            match = re.match(r"([\w.]+)-([^-]+).*\.(?:dist|egg)-info$", entry)
            name = names.get(re.sub(r"[-.]", "_", match[1])) if match else None
            if match and name is not None:
                versions[name] = match[2]
    return versions


def libraries(names: list[str]) -> dict[str, str | None]:
    """Return the files of shared libraries, None of those that are not there."""
    from ctypes.util import find_library  # it starts a process for each, and only one command asks

    return {name: find_library(name) for name in names}


def machine() -> Message:
    """Return the model, the architecture, the cores and the memory in bytes, as far as the system tells."""
    return {
        "model": _first(_text("/proc/device-tree/model"), _text("/sys/firmware/devicetree/base/model")),
        "architecture": os.uname().machine,
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "processor": _field("/proc/cpuinfo", "model name") or _field("/proc/cpuinfo", "Hardware"),
        "memory": _kilobytes("/proc/meminfo", "MemTotal"),
    }


def state() -> Message:
    """Return the temperature in degrees Celsius, the clock in MHz and whether it is held down; None where untold."""
    heat = _text("/sys/class/thermal/thermal_zone0/temp")
    clock = _text("/sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq")
    throttled = _text(PI_THROTTLED)
    return {
        "celsius": int(heat) / 1000 if heat else None,
        "mhz": int(clock) / 1000 if clock else None,
        "throttled": bool(int(throttled, 16) & SLOWING) if throttled else None,
    }


def _first(*values: str | None) -> str | None:
    return next((value for value in values if value), None)


def _text(path: str) -> str | None:
    try:
        with open(path, "rb") as file:
            return file.read().rstrip(b"\0\n").decode("utf-8", "replace") or None
    except OSError:
        return None


def _field(path: str, name: str) -> str | None:
    lines = (_text(path) or "").splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), None)


def _kilobytes(path: str, name: str) -> int | None:
    value = _field(path, name)
    return int(value.split()[0]) * 1024 if value else None
