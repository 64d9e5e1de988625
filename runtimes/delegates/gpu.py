"""The GPU: on Linux by LiteRT's CompiledModel over Vulkan, on phones by the GPU delegate.

``gpu`` or ``gpu:fp16`` computes in half precision where the GPU can, which is what apps get; ``gpu:fp32`` forces single
precision, slower and closer to the original.
"""

from __future__ import annotations

from typing import Any

from edgekit.adapters.delegate import Delegate, require_plain
from edgekit.errors import EdgekitError, nearest

RUNTIMES = ("litert", "benchmark_model")
NOTE = "computes in half precision where it can: gpu:fp32 forces single"
HELP = "on Linux it needs the Vulkan driver of a GPU, such as mesa-vulkan-drivers"
PRECISIONS = ("fp16", "fp32")


def settings(delegate: Delegate) -> dict[str, Any]:
    """Return how the shim loads it."""
    return {"precision": _precision(delegate)}


def flags(delegate: Delegate) -> list[str]:
    """Return the flags of ``benchmark_model``."""
    allowed = "true" if _precision(delegate) == "fp16" else "false"
    return ["--use_gpu=true", f"--gpu_precision_loss_allowed={allowed}"]


def _precision(delegate: Delegate) -> str:
    if delegate.argument is None:
        require_plain(delegate)
        return PRECISIONS[0]
    if delegate.argument not in PRECISIONS:
        near = nearest(delegate.argument, PRECISIONS)
        raise EdgekitError(f"--delegate {delegate}: no precision {delegate.argument!r}{near} (fp16 or fp32)")
    require_plain(Delegate(name=delegate.name, options=delegate.options))
    return delegate.argument
