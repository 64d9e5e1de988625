"""XNNPACK: which operators LiteRT on this machine gives to it, asked of the interpreter; of ONNX files by rules."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from edgekit.formats.tflite.operators import Operator
from edgekit.planning.onnx_providers import planned_by_table
from edgekit.planning.plan import Planned, PlannedOp
from edgekit.remote.shim.partitions import partitions
from edgekit.system.optional import installed_version, require, silenced_stderr

FORMATS = ("tflite", "onnx")


def planned(operators: Sequence[Operator], file: Path) -> Planned:
    """Return what becomes of each operator."""
    litert = require("ai_edge_litert.interpreter", asked="planning for xnnpack", extra="litert")
    with silenced_stderr():
        interpreter = litert.Interpreter(str(file), num_threads=1)
        interpreter.allocate_tensors()
        details: list[dict[str, Any]] = interpreter._get_ops_details()
    taken = set().union(*partitions(details)[1])
    version = installed_version("ai-edge-litert")
    ops = [PlannedOp.of(each, None if each.index in taken else _why(each)) for each in operators]
    return Planned(basis="measured", source=f"LiteRT {version} on this machine, a batch of one", ops=ops)


def planned_onnx(file: Path) -> Planned:
    """Return what becomes of each node of an ONNX file, in ONNX Runtime's XNNPACK provider."""
    return planned_by_table(file, "xnnpack_onnx")


def _why(operator: Operator) -> tuple[str, str | None]:
    if any(tensor.dtype == "INT16" for tensor in (*operator.inputs, *operator.outputs)):
        return "XNNPACK has no kernels for int16 activations", "take tflite-int8"
    return "LiteRT keeps it in its own kernels", None
