"""The plan of an artifact on a delegate."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from edgekit.errors import ArtifactError, EdgekitError, nearest
from edgekit.formats.tflite.model_explorer import write_overlay
from edgekit.formats.tflite.operators import Operator
from edgekit.models.artifact import FORMATS, Artifact, load_artifact
from edgekit.system import registry

DELEGATES = ("coreml", "edgetpu", "gpu", "nnapi", "xnnpack")


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

    @classmethod
    def of(cls, operator: Operator, obstacle: tuple[str, str | None] | None) -> PlannedOp:
        """Return what becomes of an operator with an obstacle, or without."""
        reason, fix = obstacle or (None, None)
        return cls(
            index=operator.index, op=operator.kind, name=operator.name, delegated=obstacle is None, reason=reason,
            fix=fix,
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Planned:
    """What a delegate's own module found.

    Attributes:
        basis: As of `Plan`.
        source: As of `Plan`.
        ops: All operators.
        partitions: As of `Plan`; None: it follows from the operators.
    """

    basis: str
    source: str
    ops: Sequence[PlannedOp]
    partitions: int | None = None


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


def plan(
    artifact: Artifact | str | Path, delegate: str, *, out: Path | None = None, overlay: Path | None = None
) -> Plan:
    """Say which operators of an artifact a delegate takes.

    Args:
        artifact: What is planned.
        delegate: One of `DELEGATES`.
        out: For the Edge TPU, where the compiled model goes.
        overlay: Where the plan goes for Model Explorer.

    Raises:
        EdgekitError: No such delegate, or it takes no files of the artifact's format.
        ReachError: A compiled model is asked for, and there is no compiler.
        ConversionError: The compiler failed.
    """
    if delegate not in DELEGATES:
        raise EdgekitError(
            f"no plan for {delegate!r}{nearest(delegate, DELEGATES)} (there are: {', '.join(DELEGATES)})"
        )
    loaded = artifact if isinstance(artifact, Artifact) else load_artifact(artifact)
    module = importlib.import_module(f"edgekit.planning.{delegate}")
    if loaded.format not in module.FORMATS:
        raise EdgekitError(f"{delegate} takes {' or '.join(module.FORMATS)}; {loaded.file} is {loaded.format}")
    try:
        operators = registry.load(FORMATS, loaded.format).operators(loaded.file)
    except ArtifactError as error:
        raise ArtifactError(f"{loaded.file}: {error}") from error
    if out is not None and delegate != "edgetpu":
        raise EdgekitError(f"--out is for compiled models: {delegate} compiles none")
    more = {} if out is None else {"out": out}
    found: Planned = module.planned(operators, loaded.file, **more) if operators else module.planned_onnx(loaded.file)
    taken = {op.index for op in found.ops if op.delegated}
    made = Plan(
        variant=loaded.name, delegate=delegate, basis=found.basis, source=found.source, ops=tuple(found.ops),
        partitions=len(groups(operators, taken)) if found.partitions is None else found.partitions,
    )  # fmt: skip
    if overlay is not None and not operators:
        raise EdgekitError(f"--overlay is for TFLite files; {loaded.file} is {loaded.format}")
    if overlay is not None:
        write_overlay(overlay, {op.name: _coloured(op, delegate) for op in made.ops})
    return made


def _coloured(op: PlannedOp, delegate: str) -> dict[str, str]:
    if op.delegated:
        return {"value": delegate, "bgColor": "#cfe3d6"}
    return {"value": f"CPU: {op.reason}", "bgColor": "#f2c14e"}


def groups(operators: Sequence[Operator], taken: set[int]) -> list[set[int]]:
    """Return the connected runs of some operators."""
    belongs: dict[int, int] = {}
    for operator in operators:
        if operator.index not in taken:
            continue
        joined = {belongs[maker] for maker in operator.makers if maker in taken}
        group = min(joined, default=operator.index)
        belongs[operator.index] = group
        belongs = {index: group if other in joined else other for index, other in belongs.items()}
    return [{index for index, other in belongs.items() if other == group} for group in dict.fromkeys(belongs.values())]
