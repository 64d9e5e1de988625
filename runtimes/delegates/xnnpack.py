"""XNNPACK: Google's kernels for CPUs, which LiteRT and tflite-runtime have built in and use by default.

Asked for by name, it has to take something of the model.
"""

from __future__ import annotations

from typing import Any

from edgekit.adapters.delegate import Delegate, require_plain

RUNTIMES = ("litert", "tflite_runtime", "benchmark_model")
NOTE = ""
HELP = "that of tflite-runtime takes floats only; LiteRT's takes int8, too"


def settings(delegate: Delegate) -> dict[str, Any]:
    """Return how the shim loads it: no library, it is there."""
    require_plain(delegate)
    return {"library": None, "options": {}}


def flags(delegate: Delegate) -> list[str]:
    """Return the flags of ``benchmark_model``."""
    require_plain(delegate)
    return ["--use_xnnpack=true"]
