"""What stays on the CPU is put together by what would help, the most operators first."""

from __future__ import annotations

from edgekit.documents.plan import PlannedOperator
from edgekit.planning.cpu_operators import left_to_cpu


def planned(index: int, kind: str, reason: str | None, fix: str | None = None) -> PlannedOperator:
    return PlannedOperator(index=index, op=kind, name="x", delegated=reason is None, reason=reason, fix=fix)


def test_nothing_stays() -> None:
    assert left_to_cpu([]) == []
    assert left_to_cpu([planned(0, "ADD", None)]) == []


def test_the_same_help_is_one_group_whatever_the_reason() -> None:
    ops = [
        planned(0, "SIN", "SIN is not supported"),
        planned(1, "ADD", None),
        planned(2, "CONV_2D", "'x' is float32", "take tflite-int8full"),
        planned(3, "CONV_2D", "'y' is float32", "take tflite-int8full"),
        planned(4, "RELU", "'y' is float32", "take tflite-int8full"),
    ]
    floats, sine = left_to_cpu(ops)
    assert (floats.kinds, floats.first, floats.reason) == ({"CONV_2D": 2, "RELU": 1}, 2, "'x' is float32")
    assert str(floats) == "2 CONV_2D, RELU (the first is operator 2)"
    assert (sine.reason, sine.fix) == ("SIN is not supported", None)
    assert str(sine) == "SIN (operator 0)"


def test_different_help_is_told_apart() -> None:
    ops = [planned(index, "ADD", "it changes", fix) for index, fix in enumerate(("make it constant", "leave it"))]
    assert [group.fix for group in left_to_cpu(ops)] == ["make it constant", "leave it"]
