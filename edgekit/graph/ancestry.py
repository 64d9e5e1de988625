"""What an op of a graph depends on, and what depends on the model's inputs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def ancestors(ends: Iterable[Any], stop: Any = lambda _op: False) -> set[Any]:
    """Return the ops that some ops depend on, themselves among them.

    Args:
        ends: The ops.
        stop: Whether to go no further back than an op.
    """
    reached = set()
    pending = list(ends)
    while pending:
        op = pending.pop()
        if op in reached:
            continue
        reached.add(op)
        if not stop(op):
            pending += [tensor.op for tensor in op.inputs]
    return reached


def dependents(ops: Iterable[Any]) -> set[Any]:
    """Return the ops that depend on an input of the model or on a table, in an order that has sources first."""
    dependents = set[Any]()
    for op in ops:
        if op.type == "Placeholder" or any(tensor.op in dependents for tensor in op.inputs):
            dependents.add(op)
    return dependents
