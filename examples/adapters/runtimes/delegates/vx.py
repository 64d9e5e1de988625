"""The NPU of NXP's i.MX 8M Plus, by NXP's library: https://github.com/nxp-imx/tflite-vx-delegate-imx."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from edgekit.adapters.delegate import (
    Delegate,
    LoadSettings,
    ModelFile,
    Obstacle,
    Planned,
    PlannedOp,
    library_flags,
    require_plain,
)

if TYPE_CHECKING:
    from edgekit.formats.tflite.operators import Operator
    from edgekit.models.artifact import Artifact
    from edgekit.recipe.variants import Variant

FORM = "vx"
TITLE = "the VX delegate"
RUNTIMES = ("tflite_runtime", "litert")
FORMATS = ("tflite",)
COMPILES = False
NOTE = "the NPU of the i.MX 8M Plus"
HELP = "NXP's Linux images have the library; elsewhere build it from its source"
LIBRARY = "libvx_delegate.so"
PROGRAMS = ()
LIBRARIES = ((LIBRARY, "NXP's Linux images for the i.MX 8M Plus"),)
SOURCE = "NXP, i.MX Machine Learning User's Guide: the NPU computes with 8-bit integers"


def settings(delegate: Delegate) -> LoadSettings:
    """Return how the shim loads it."""
    require_plain(delegate)
    return {"library": LIBRARY, "options": {}}


def flags(delegate: Delegate) -> list[str]:
    """Return the flags of ``benchmark_model``."""
    require_plain(delegate)
    return library_flags(LIBRARY, {})


def plan(model: ModelFile, *, out: Path | None = None) -> Planned:
    """Predict by the rule that floats stay on the CPU."""
    del out
    ops = [PlannedOp.of(operator, _obstacle(operator)) for operator in model.operators]
    return Planned(basis="rules", source=SOURCE, ops=ops)


def _obstacle(operator: Operator) -> Obstacle | None:
    floats = any(tensor.dtype.startswith("FLOAT") for tensor in (*operator.inputs, *operator.outputs))
    return ("floats stay on the CPU", "take tflite-int8full") if floats else None


def compiler(variant: Variant) -> None:
    """Return none: the library compiles when it loads a model."""


def compile(artifact: Artifact, compiler: str) -> Artifact:  # noqa: A001 - the port's name
    """Return it as it is."""
    return artifact


def file_of(artifact: Artifact) -> Path:
    """Return the model file."""
    return artifact.file
