"""The plan of an artifact on a delegate."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from msgspec import structs

from edgekit.adapters.delegate import ModelFile, PlannedOp, delegates
from edgekit.errors import ArtifactError, EdgekitError, nearest
from edgekit.formats.tflite.model_explorer import write_overlay
from edgekit.models.artifact import FORMATS, Artifact, load_artifact
from edgekit.planning.partitions import groups
from edgekit.system import registry
from edgekit.system.files import JsonObject


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

    def to_json(self) -> JsonObject:
        """Return the plan as JSON values."""
        return {
            **asdict(self),
            "ops": [structs.asdict(op) for op in self.ops],
            "delegated": self.delegated,
            "total": len(self.ops),
        }


def plan(
    artifact: Artifact | str | Path, delegate: str, *, out: Path | None = None, overlay: Path | None = None
) -> Plan:
    """Say which operators of an artifact a delegate takes.

    Args:
        artifact: What is planned.
        delegate: The name of a delegate.
        out: Of a delegate with a compiler, where the compiled model goes.
        overlay: Where the plan goes for Model Explorer.

    Raises:
        EdgekitError: No such delegate, or it takes no files of the artifact's format.
        ReachError: A compiled model is asked for, and there is no compiler.
        ConversionError: The compiler failed.
    """
    adapters = {name: adapter for name, adapter in delegates().items() if adapter.FORMATS}
    if delegate not in adapters:
        raise EdgekitError(f"no plan for {delegate!r}{nearest(delegate, adapters)} (there are: {', '.join(adapters)})")
    adapter = adapters[delegate]
    loaded = artifact if isinstance(artifact, Artifact) else load_artifact(artifact)
    if loaded.format not in adapter.FORMATS:
        raise EdgekitError(f"{delegate} takes {' or '.join(adapter.FORMATS)}; {loaded.file} is {loaded.format}")
    if out is not None and not adapter.COMPILES:
        raise EdgekitError(f"no compiled model for {out}: {delegate} compiles none")
    model = _model_file(loaded)
    planned = adapter.plan(model, out=out)
    partitions = planned.partitions
    if partitions is None:
        partitions = len(groups(model.operators, {op.index for op in planned.ops if op.delegated}))
    result = Plan(
        variant=loaded.name,
        delegate=delegate,
        basis=planned.basis,
        source=planned.source,
        ops=tuple(planned.ops),
        partitions=partitions,
    )
    if overlay is not None and not model.operators:
        raise EdgekitError(f"no overlay for {overlay}: it is of TFLite files; {loaded.file} is {loaded.format}")
    if overlay is not None:
        write_overlay(overlay, {op.name: _coloured(op, delegate) for op in result.ops})
    return result


def _model_file(artifact: Artifact) -> ModelFile:
    """Return what delegates are asked about."""
    try:
        operators = tuple(registry.load(FORMATS, artifact.format).operators(artifact.file))
    except ArtifactError as error:
        raise ArtifactError(f"{artifact.file}: {error}") from error
    return ModelFile(path=artifact.file, format=artifact.format, operators=operators)


def _coloured(op: PlannedOp, delegate: str) -> dict[str, str]:
    if op.delegated:
        return {"value": delegate, "bgColor": "#cfe3d6"}
    return {"value": f"CPU: {op.reason}", "bgColor": "#f2c14e"}
