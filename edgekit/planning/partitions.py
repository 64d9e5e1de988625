"""Partitions: the connected runs of operators that a delegate takes."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from edgekit.formats.tflite.operators import Operator


def groups(operators: Sequence[Operator], delegated: AbstractSet[int]) -> list[set[int]]:
    """Return the connected runs of some operators.

    Args:
        operators: All operators, in the order of the file.
        delegated: The places of those that count.
    """
    runs: dict[int, int] = {}
    for operator in operators:
        if operator.index not in delegated:
            continue
        joined = {runs[maker] for maker in operator.makers if maker in delegated}
        first = min(joined, default=operator.index)
        runs[operator.index] = first
        runs = {index: first if run in joined else run for index, run in runs.items()}
    members: dict[int, set[int]] = {}
    for index, run in runs.items():
        members.setdefault(run, set()).add(index)
    return list(members.values())
