"""Any library that offers TensorFlow Lite's interface of external delegates, ``external:PATH``, with its own options.

The interface: https://www.tensorflow.org/lite/performance/implementing_delegate#option_2_leverage_external_delegate
"""

from __future__ import annotations

from typing import Any

from edgekit.adapters.delegate import Delegate
from edgekit.errors import EdgekitError

RUNTIMES = ("litert", "tflite_runtime", "benchmark_model")
NOTE = "a library on the device that runs it, with options by --delegate-option"
HELP = ""


def settings(delegate: Delegate) -> dict[str, Any]:
    """Return how the shim loads it."""
    return {"library": _library(delegate), "options": dict(delegate.options)}


def flags(delegate: Delegate) -> list[str]:
    """Return the flags of ``benchmark_model``."""
    pairs = ";".join(f"{key}:{value}" for key, value in delegate.options)
    given = [f"--external_delegate_options={pairs}"] if pairs else []
    return [f"--external_delegate_path={_library(delegate)}", *given]


def _library(delegate: Delegate) -> str:
    if not delegate.argument:
        raise EdgekitError(f"--delegate {delegate}: name the library, as external:/usr/lib/libvendor_delegate.so")
    return delegate.argument
