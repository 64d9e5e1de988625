"""The Edge TPU: rules that predict what its compiler maps, and what a file that it has compiled says itself."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from importlib import resources
from pathlib import Path

from edgekit.planning.operators import Operator, Tensor
from edgekit.planning.plan import PlannedOp

COMPILED = "edgetpu-custom-op"
"""The operator that stands for all that a compiled file leaves to the Edge TPU."""
INTEGERS = ("INT8", "UINT8", "INT32", "INT64")
LARGEST_SOFTMAX = 16_000
LARGEST_SCALE = 8
"""Resizing by more than this is not mapped; between a factor of 2, which is, and 33, which is not, nothing is known."""

Limit = tuple[Callable[[Operator], bool], str, str]
"""What an operator has to meet, the reason if it does not, and what would help."""


def _batch(axis: int, rank: int) -> bool:
    return axis % max(rank, 1) == 0 and rank > 1


def _scale(operator: Operator) -> float:
    sizes = [
        (out or 1) / (given or 1)
        for given, out in zip(operator.inputs[0].shape[1:3], operator.outputs[0].shape[1:3], strict=False)
    ]
    return max([*sizes, *(1 / size for size in sizes)], default=1.0)


LIMITS: dict[str, Limit] = {
    "no activation": (
        lambda op: not op.activation, "an activation is fused into it", "put the activation into an operator of its own"
    ),
    "not over the batch": (
        lambda op: not _batch(int(op.options.get("axis", 1)), len(op.outputs[0].shape)), "it works along the batch",
        "work along another axis",
    ),
    "constant weights": (
        lambda op: all(tensor.constant for tensor in op.inputs[1:3]), "a filter, bias or other parameter changes",
        "make its parameters constants of the model",
    ),
    "one dilation": (
        lambda op: op.options.get("dilationHFactor", 1) == op.options.get("dilationWFactor", 1),
        "its dilations differ", "use the same dilation along both axes",
    ),
    "a vector out": (
        lambda op: sum((size or 2) > 1 for size in op.outputs[0].shape) <= 1, "its output is no vector",
        "flatten what goes into it",
    ),
    "over height and width": (
        lambda op: len(op.inputs[0].shape) == 4 and (op.outputs[0].shape or (1,))[-1] == op.inputs[0].shape[-1],
        "it reduces other axes than height and width", "reduce height and width only",
    ),
    "small resize": (
        lambda op: _scale(op) <= LARGEST_SCALE, f"it resizes by more than {LARGEST_SCALE}, which would lose precision",
        "resize in steps, or after the model",
    ),
    "at most 16,000": (
        lambda op: (op.inputs[0].shape[-1] or 0) <= LARGEST_SOFTMAX, "it has more than 16,000 elements",
        "take the softmax after the model",
    ),
    "strides of one": (
        lambda op: not op.options.get("ellipsisMask") and not op.options.get("newAxisMask"),
        "it adds axes or has an ellipsis", "slice with plain starts and sizes",
    ),
}  # fmt: skip


def planned(operators: Sequence[Operator], file: Path) -> tuple[str, str, list[PlannedOp]]:  # noqa: ARG001 - by rules
    """Return the basis, its source, and what becomes of each operator.

    A file that was compiled has one operator for all that is mapped; the others stay on the CPU. For one that was not,
    the rules predict: what stays on the CPU keeps there all that depends on it, since the compiler makes one subgraph.
    """
    if any(operator.kind == COMPILED for operator in operators):
        ops = [
            PlannedOp(
                index=op.index, op=op.kind, name=op.name, delegated=op.kind == COMPILED,
                reason=None if op.kind == COMPILED else "the compiler left it to the CPU",
            )
            for op in operators
        ]  # fmt: skip
        return "compiled", "the file itself", ops
    table = tomllib.loads((resources.files("edgekit.planning") / "edgetpu.toml").read_text(encoding="utf-8"))
    made: dict[int, PlannedOp] = {}
    for operator in operators:
        reason, fix = _obstacle(operator, table["operators"]) or (None, None)
        if reason is None and any(not made[maker].delegated for maker in operator.makers):
            reason, fix = "what it reads is made on the CPU: more than one subgraph is not supported", None
        made[operator.index] = PlannedOp(
            index=operator.index, op=operator.kind, name=operator.name, delegated=reason is None, reason=reason, fix=fix
        )
    return "rules", f"{table['version']}, https://coral.ai/docs/edgetpu/models-intro/", list(made.values())


def _obstacle(operator: Operator, table: dict[str, list[str]]) -> tuple[str, str] | None:
    """Return why an operator is not mapped, and what would help."""
    if operator.kind not in table:
        return f"{operator.kind} is not supported", "swap it for an operator that is, or leave it to the CPU"
    tensors = (*operator.inputs, *operator.outputs)
    floats = next((tensor for tensor in tensors if tensor.dtype not in INTEGERS), None)
    if floats is not None:
        return f"{_last(floats)} is {floats.dtype.lower()}", "take tflite-int8full, which has integers throughout"
    free = next((tensor for tensor in tensors if None in tensor.shape), None)
    if free is not None:
        return f"{_last(free)} has a size that is not fixed", "take tflite-int8full, whose batch is fixed"
    for name in table[operator.kind]:
        meets, reason, fix = LIMITS[name]
        if not meets(operator):
            return reason, fix
    wide = next((t for t in tensors if not t.constant and sum((size or 1) > 1 for size in t.shape[:-3])), None)
    if wide is not None:
        return f"{_last(wide)} has more than three axes", "keep all but the last three axes at 1"
    return None


def _last(tensor: Tensor) -> str:
    return repr(tensor.name.partition(";")[0].rpartition("/")[2])
