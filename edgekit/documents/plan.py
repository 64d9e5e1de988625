"""What ``edgekit plan --json`` prints: which operators of an artifact a delegate takes."""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET, UnsetType

from edgekit.documents.document import Document


class PlannedOperator(Document, frozen=True, kw_only=True):
    """What becomes of an operator.

    Attributes:
        index: Its place in the file.
        op: Its type.
        name: The name of its first output.
        delegated: Whether the delegate takes it.
        reason: Why not; null if it does.
        fix: What would help; null if nothing is known.
    """

    index: int
    op: str
    name: str
    delegated: bool
    reason: str | None
    fix: str | None


class PlanReport(Document, frozen=True, kw_only=True):
    """What a delegate takes of an artifact.

    Attributes:
        variant: The artifact.
        delegate: The delegate.
        basis: ``compiled``: its compiler's own result; ``measured``: it was asked; ``rules``: a prediction.
        source: Where the rules are from, or what was asked.
        ops: All operators, in the order of the file.
        partitions: Number of connected runs of operators that it takes.
        delegated: Number of operators that it takes.
        total: Number of operators.
        report: The report of the run that shows the plan; null: the artifact is of no run. Not in what is kept.
    """

    variant: str
    delegate: str
    basis: Literal["rules", "compiled", "measured"]
    source: str
    ops: tuple[PlannedOperator, ...]
    partitions: int
    delegated: int
    total: int
    report: str | UnsetType | None = UNSET
