"""The GPU: on Linux by LiteRT's CompiledModel over Vulkan, on phones by the GPU delegate.

``gpu`` or ``gpu:fp16`` computes in half precision where the GPU can, which is what apps get; ``gpu:fp32`` forces single
precision, slower and closer to the original. What it takes is asked of LiteRT where a GPU answers on this machine; else
``gpu.toml`` predicts it, for the delegate of phones.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from edgekit.adapters.delegate import Delegate, LoadSettings, ModelFile, Planned, refusal, require_no_options
from edgekit.errors import nearest

if TYPE_CHECKING:
    from edgekit.models.artifact import Artifact
    from edgekit.recipe.variants import Variant

FORM = "gpu[:fp32]"
TITLE = "the GPU"
RUNTIMES = ("litert", "benchmark_model")
FORMATS = ("tflite",)
COMPILES = False
NOTE = "computes in half precision where it can: gpu:fp32 forces single"
HELP = "on Linux it needs the Vulkan driver of a GPU, such as mesa-vulkan-drivers"
PROGRAMS = ()
LIBRARIES = (("vulkan", "apt-get install libvulkan1 mesa-vulkan-drivers"),)
PRECISIONS = ("fp16", "fp32")


def settings(delegate: Delegate) -> LoadSettings:
    """Return how the shim loads it."""
    return {"precision": _precision(delegate)}


def flags(delegate: Delegate) -> list[str]:
    """Return the flags of ``benchmark_model``."""
    allowed = "true" if _precision(delegate) == "fp16" else "false"
    return ["--use_gpu=true", f"--gpu_precision_loss_allowed={allowed}"]


def _precision(delegate: Delegate) -> str:
    precision = PRECISIONS[0] if delegate.argument is None else delegate.argument
    if precision not in PRECISIONS:
        near = nearest(precision, PRECISIONS)
        raise refusal(delegate, f"no precision {precision!r}{near} (fp16 or fp32)")
    require_no_options(delegate)
    return precision


def plan(model: ModelFile, *, out: Path | None = None) -> Planned:
    """Ask the GPU of this machine about the whole file, and then about each operator; without one, predict."""
    from edgekit.planning.gpu_probe import ask_gpu  # heavy
    from edgekit.planning.rules import planned_by_rules  # heavy

    return ask_gpu(model, Delegate(name="gpu")) or planned_by_rules("gpu", model, "no GPU answers here")


def compiler(variant: Variant) -> None:
    """Return none: nothing is compiled for it."""


def compile(artifact: Artifact, compiler: str) -> Artifact:  # noqa: A001 - the port's name
    """Return it as it is."""
    return artifact


def file_of(artifact: Artifact) -> Path:
    """Return the model file."""
    return artifact.file
