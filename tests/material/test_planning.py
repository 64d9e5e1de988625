"""The Edge TPU's rules against what its real compiler did, operator by operator."""

from __future__ import annotations

from pathlib import Path

from edgekit.planning import plan


def test_the_rules_leave_to_the_cpu_what_the_compiler_left(material: Path) -> None:
    pairs = sorted((material / "edgetpu").glob("*_edgetpu.tflite"))
    assert pairs
    left = 0
    for compiled in pairs:
        predicted = plan(compiled.with_name(compiled.name.replace("_edgetpu", "")), "edgetpu")
        real = plan(compiled, "edgetpu")
        assert (predicted.basis, real.basis) == ("rules", "compiled")
        expected = [(op.op, op.name) for op in real.ops if not op.delegated]
        assert [(op.op, op.name) for op in predicted.ops if not op.delegated] == expected, compiled.name
        left += len(expected)
    assert left
