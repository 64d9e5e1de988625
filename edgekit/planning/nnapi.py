"""NNAPI: rules that predict what TensorFlow Lite's NNAPI delegate hands over, and ONNX Runtime's provider.

Whether the phone's driver takes it then is another question, which only a run on the phone answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from edgekit.formats.tflite.operators import Operator
from edgekit.planning import onnx_providers as providers
from edgekit.planning.plan import Planned, PlannedOp
from edgekit.planning.rules import read_rules

NOTE = "NNAPI is deprecated since Android 15"
FORMATS = ("tflite", "onnx")


def planned(operators: Sequence[Operator], file: Path) -> Planned:  # noqa: ARG001 - by rules
    """Return what becomes of each operator of a TFLite file."""
    rules = read_rules("nnapi")
    ops = [PlannedOp.of(operator, rules.obstacle(operator)) for operator in operators]
    return Planned(basis="rules", source=f"{rules.version}, {rules.source}; {NOTE}", ops=ops)


def planned_onnx(file: Path) -> Planned:
    """Return what becomes of each node of an ONNX file."""
    return providers.planned(file, "nnapi")
