"""Planning: which operators of an artifact a delegate will take, why not the others, and what would help."""

from __future__ import annotations

from edgekit.adapters.delegate import PlannedOp
from edgekit.planning.plan import Plan, plan

__all__ = ["Plan", "PlannedOp", "plan"]
