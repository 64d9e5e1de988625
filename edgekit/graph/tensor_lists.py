"""Lists of tensors: what a loop reads and writes step by step, variants that both formats lower to plain tensors."""

from __future__ import annotations

from typing import Any

LOOPS = ("StatelessWhile", "While")
"""Ops that give back, in the same order, what they take."""

SHAPE_INPUTS = {
    "EmptyTensorList": 0,
    "TensorListFromTensor": 1,
    "TensorListGather": 2,
    "TensorListGetItem": 2,
    "TensorListPopBack": 1,
    "TensorListReserve": 0,
    "TensorListStack": 1,
}
"""Which input of an op says the shape of the elements."""


def is_list_op(kind: str) -> bool:
    """Whether an op, by its type, makes, changes or reads a list of tensors."""
    return kind.startswith(("EmptyTensorList", "TensorList"))


def holds_list(tensor: Any) -> bool:
    """Whether a tensor of dtype variant is a list of tensors, and no ragged tensor or other object.

    Args:
        tensor: A tensor of an imported graph.
    """
    while tensor.op.type in (*LOOPS, "Identity"):
        tensor = tensor.op.inputs[tensor.value_index]
    return is_list_op(tensor.op.type)
