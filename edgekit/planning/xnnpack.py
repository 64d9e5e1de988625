"""XNNPACK: which operators LiteRT on this machine gives to it, asked of the interpreter itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from edgekit.frameworks import installed_version, require, silenced_stderr
from edgekit.planning.operators import Operator
from edgekit.planning.plan import PlannedOp
from edgekit.remote.shim.partitions import partitions


def planned(operators: Sequence[Operator], file: Path) -> tuple[str, str, list[PlannedOp]]:
    """Return the basis, what was asked, and what becomes of each operator."""
    litert = require("ai_edge_litert.interpreter", asked="planning for xnnpack", extra="litert")
    with silenced_stderr():
        interpreter = litert.Interpreter(str(file), num_threads=1)
        interpreter.allocate_tensors()
        details: list[dict[str, Any]] = interpreter._get_ops_details()
    taken = set().union(*partitions(details)[1])
    version = installed_version("ai-edge-litert")
    ops = [
        PlannedOp(
            index=operator.index, op=operator.kind, name=operator.name, delegated=operator.index in taken,
            **({} if operator.index in taken else _why(operator)),
        )
        for operator in operators
    ]  # fmt: skip
    return "measured", f"LiteRT {version} on this machine, a batch of one", ops


def _why(operator: Operator) -> dict[str, str | None]:
    if any(tensor.dtype == "INT16" for tensor in (*operator.inputs, *operator.outputs)):
        return {"reason": "XNNPACK has no kernels for int16 activations", "fix": "take tflite-int8"}
    return {"reason": "LiteRT keeps it in its own kernels", "fix": None}
