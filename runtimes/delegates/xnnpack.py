"""XNNPACK: Google's kernels for CPUs, which LiteRT and tflite-runtime have built in and use by default.

Asked for by name, it has to take something of the model. Which operators it takes is asked of LiteRT on this machine;
of ONNX files a table of ONNX Runtime's provider tells, ``xnnpack_onnx.toml``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgekit.adapters.delegate import Delegate, LoadSettings, ModelFile, Obstacle, Planned, PlannedOp, require_plain
from edgekit.system.optional import installed_version, require, silenced_stderr

if TYPE_CHECKING:
    from edgekit.formats.tflite.operators import Operator
    from edgekit.models.artifact import Artifact
    from edgekit.recipe.variants import Variant

FORM = "xnnpack"
TITLE = "XNNPACK"
RUNTIMES = ("litert", "tflite_runtime", "benchmark_model")
FORMATS = ("tflite", "onnx")
COMPILES = False
NOTE = ""
HELP = "that of tflite-runtime takes floats only; LiteRT's takes int8, too"
PROGRAMS = ()
LIBRARIES = ()


def settings(delegate: Delegate) -> LoadSettings:
    """Return how the shim loads it: no library, it is there."""
    require_plain(delegate)
    return {"library": None, "options": {}}


def flags(delegate: Delegate) -> list[str]:
    """Return the flags of ``benchmark_model``."""
    require_plain(delegate)
    return ["--use_xnnpack=true"]


def plan(model: ModelFile, *, out: Path | None = None) -> Planned:
    """Ask LiteRT's interpreter on this machine, or, for ONNX files, a table."""
    if model.format == "onnx":
        from edgekit.planning.onnx_providers import planned_by_table  # heavy

        return planned_by_table(model.path, "xnnpack_onnx")
    from edgekit.remote.shim.partitions import partitions  # heavy

    litert = require("ai_edge_litert.interpreter", asked="planning for xnnpack", extra="litert")
    with silenced_stderr():
        interpreter = litert.Interpreter(str(model.path), num_threads=1)
        interpreter.allocate_tensors()
        details: list[dict[str, Any]] = interpreter._get_ops_details()
    delegated = set().union(*partitions(details)[1])
    ops = [PlannedOp.of(op, None if op.index in delegated else _obstacle(op)) for op in model.operators]
    source = f"LiteRT {installed_version('ai-edge-litert')} on this machine, a batch of one"
    return Planned(basis="measured", source=source, ops=ops)


def _obstacle(operator: Operator) -> Obstacle:
    if any(tensor.dtype == "INT16" for tensor in (*operator.inputs, *operator.outputs)):
        return "XNNPACK has no kernels for int16 activations", "take tflite-int8"
    return "LiteRT keeps it in its own kernels", None


def compiler(variant: Variant) -> None:
    """Return none: nothing is compiled for it."""


def compile(artifact: Artifact, compiler: str) -> Artifact:  # noqa: A001 - the port's name
    """Return it as it is."""
    return artifact


def file_of(artifact: Artifact) -> Path:
    """Return the model file."""
    return artifact.file
