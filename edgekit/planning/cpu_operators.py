"""What a plan leaves to the CPU, put together by what would help."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from edgekit.documents.plan import PlannedOperator


class Left(NamedTuple):
    """Operators that stay on the CPU and that the same would help, or that stay for the same reason.

    Attributes:
        kinds: The number of each type.
        first: The place of the first one in the file.
        reason: Why the first one stays.
        fix: What would help all of them; None: nothing is known.
    """

    kinds: Mapping[str, int]
    first: int
    reason: str
    fix: str | None

    def __str__(self) -> str:
        """Return the operators in words."""
        counted = ", ".join(kind if count == 1 else f"{count} {kind}" for kind, count in self.kinds.items())
        alone = sum(self.kinds.values()) == 1
        return f"{counted} ({'' if alone else 'the first is '}operator {self.first})"


def left_to_cpu(ops: Sequence[PlannedOperator]) -> list[Left]:
    """Return what stays on the CPU, the most operators first.

    Args:
        ops: The operators of a plan.
    """
    groups: dict[str | None, list[PlannedOperator]] = {}
    for op in ops:
        if not op.delegated:
            groups.setdefault(op.fix or op.reason, []).append(op)
    remainders = []
    for group in groups.values():
        kinds = Counter(op.op for op in group)
        remainders.append(Left(kinds, group[0].index, group[0].reason or "", group[0].fix))
    return sorted(remainders, key=lambda group: -sum(group.kinds.values()))
