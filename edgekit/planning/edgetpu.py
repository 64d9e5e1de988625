"""The Edge TPU: rules that predict what its compiler maps, and what a file that it has compiled says itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from edgekit.errors import ReachError
from edgekit.formats.tflite.operators import Operator
from edgekit.planning import edgetpu_compiler
from edgekit.planning.plan import Planned, PlannedOp
from edgekit.planning.rules import read_rules

FORMATS = ("tflite",)
COMPILED = "edgetpu-custom-op"
"""The operator that stands for all that a compiled file leaves to the Edge TPU."""


def planned(operators: Sequence[Operator], file: Path, out: Path | None = None) -> Planned:
    """Return what becomes of each operator; where the compiler is installed it says so, and its result goes to ``out``.

    A file that was compiled has one operator for all that is mapped; the others stay on the CPU. For one that was not,
    the rules predict: what stays on the CPU keeps there all that depends on it, since the compiler makes one subgraph.
    """
    if any(operator.kind == COMPILED for operator in operators):
        ops = [
            PlannedOp.of(op, None if op.kind == COMPILED else ("the compiler left it to the CPU", None))
            for op in operators
        ]
        return Planned(basis="compiled", source="the file itself", ops=ops)
    compiler = edgetpu_compiler.find()
    if compiler is not None:
        return edgetpu_compiler.compiled(compiler, operators, file, out)
    if out is not None:
        raise ReachError(f"--out {out} needs {edgetpu_compiler.NAME}: https://coral.ai/docs/edgetpu/compiler/")
    rules = read_rules("edgetpu")
    made: dict[int, PlannedOp] = {}
    for operator in operators:
        obstacle = rules.obstacle(operator)
        if obstacle is None and any(not made[maker].delegated for maker in operator.makers):
            obstacle = "what it reads is made on the CPU: more than one subgraph is not supported", None
        made[operator.index] = PlannedOp.of(operator, obstacle)
    return Planned(basis="rules", source=f"{rules.version}, {rules.source}", ops=list(made.values()))
