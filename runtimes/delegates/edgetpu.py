"""Coral's Edge TPU, by Google's library libedgetpu; the model has to be compiled for it (``edgetpu_compiler``).

``edgetpu`` takes the first one, ``edgetpu:usb``, ``edgetpu:pci`` or ``edgetpu:usb:1`` names one, as libedgetpu's
option ``device`` does: https://coral.ai/docs/edgetpu/multiple-edgetpu/
"""

from __future__ import annotations

import re
from typing import Any

from edgekit.adapters.delegate import Delegate
from edgekit.errors import EdgekitError

RUNTIMES = ("tflite_runtime", "litert", "benchmark_model")
NOTE = "needs a compiled model, and libedgetpu"
HELP = "libedgetpu is at https://coral.ai/software, and takes models that edgetpu_compiler compiled"
LIBRARY = "libedgetpu.so.1"
_DEVICE = re.compile(r":?\d+|(usb|pci)(:\d+)?")


def settings(delegate: Delegate) -> dict[str, Any]:
    """Return how the shim loads it."""
    options = dict(delegate.options)
    library = options.pop("library", LIBRARY)
    return {"library": library, "options": {**options, **_device(delegate)}}


def flags(delegate: Delegate) -> list[str]:
    """Return the flags of ``benchmark_model``, as for any library."""
    options = dict(delegate.options)
    library = options.pop("library", LIBRARY)
    pairs = ";".join(f"{key}:{value}" for key, value in {**options, **_device(delegate)}.items())
    return [f"--external_delegate_path={library}", *([f"--external_delegate_options={pairs}"] if pairs else [])]


def _device(delegate: Delegate) -> dict[str, str]:
    if delegate.argument is None:
        return {}
    if not _DEVICE.fullmatch(delegate.argument):
        raise EdgekitError(f"--delegate {delegate}: an Edge TPU is usb, pci, or a number, such as usb:1")
    return {"device": delegate.argument}
