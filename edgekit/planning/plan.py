"""The plan of an artifact on a delegate."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from edgekit.artifacts import Artifact, load_artifact
from edgekit.errors import EdgekitError, nearest
from edgekit.planning.operators import Operator, operators_of

DELEGATES = ("edgetpu", "xnnpack")


@dataclass(frozen=True, kw_only=True)
class PlannedOp:
    """What becomes of an operator.

    Attributes:
        index: Its place in the file.
        op: Its type.
        name: The name of its first output.
        delegated: Whether the delegate takes it.
        reason: Why not; None if it does.
        fix: What would help; None if nothing is known.
    """

    index: int
    op: str
    name: str
    delegated: bool
    reason: str | None = None
    fix: str | None = None


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a delegate takes of an artifact.

    Attributes:
        variant: The artifact.
        delegate: The delegate.
        basis: ``compiled``: its compiler's own result; ``measured``: it was asked; ``rules``: a prediction.
        source: Where the rules are from, or what was asked.
        ops: All operators, in the order of the file.
        partitions: Number of connected runs of operators that it takes.
    """

    variant: str
    delegate: str
    basis: str
    source: str
    ops: tuple[PlannedOp, ...]
    partitions: int

    @property
    def delegated(self) -> int:
        """The number of operators that the delegate takes."""
        return sum(op.delegated for op in self.ops)

    def to_json(self) -> dict[str, Any]:
        """Return the plan as JSON values."""
        return {
            **asdict(self),
            "ops": [asdict(op) for op in self.ops],
            "delegated": self.delegated,
            "total": len(self.ops),
        }


def plan(artifact: Artifact | str | Path, delegate: str) -> Plan:
    """Say which operators of a TFLite artifact a delegate takes.

    Raises:
        EdgekitError: No such delegate, or the artifact is no TFLite file.
    """
    if delegate not in DELEGATES:
        raise EdgekitError(
            f"no plan for {delegate!r}{nearest(delegate, DELEGATES)} (there are: {', '.join(DELEGATES)})"
        )
    loaded = artifact if isinstance(artifact, Artifact) else load_artifact(artifact)
    if loaded.format != "tflite":
        raise EdgekitError(f"{delegate} takes TFLite files; {loaded.file} is {loaded.format}")
    operators = operators_of(loaded.file.read_bytes())
    basis, source, ops = importlib.import_module(f"edgekit.planning.{delegate}").planned(operators, loaded.file)
    return Plan(
        variant=loaded.name, delegate=delegate, basis=basis, source=source, ops=tuple(ops),
        partitions=partitions(operators, ops),
    )  # fmt: skip


def partitions(operators: Sequence[Operator], ops: Sequence[PlannedOp]) -> int:
    """Return the number of connected runs of delegated operators."""
    taken = {op.index for op in ops if op.delegated}
    groups: dict[int, int] = {}
    for operator in operators:
        if operator.index not in taken:
            continue
        joined = {groups[maker] for maker in operator.makers if maker in taken}
        group = min(joined, default=operator.index)
        groups[operator.index] = group
        groups = {index: group if other in joined else other for index, other in groups.items()}
    return len(set(groups.values()))
