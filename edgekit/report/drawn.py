"""What charts draw of artifacts: those of which the numbers are there, with none missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from edgekit.documents.document import Interval, OpenInterval
from edgekit.documents.run import ArtifactEntry


@dataclass(frozen=True, kw_only=True)
class Scored:
    """An artifact with a score and its drop.

    Attributes:
        variant: Its name.
        verdict: Of its parity.
        bytes: Its size; None: it is not known.
        reference: The original's score; None: only how alike answers are is known.
        candidate: The artifact's score.
        drop: What it loses.
        drop_interval: The drop's interval; None where it has no end.
    """

    variant: str
    verdict: str
    bytes: int | None
    reference: float | None
    candidate: float
    drop: float
    drop_interval: Interval | None


@dataclass(frozen=True, kw_only=True)
class Timed:
    """An artifact with a latency, in milliseconds."""

    variant: str
    p50: float
    p90: float


def scored_artifacts(artifacts: Sequence[ArtifactEntry]) -> list[Scored]:
    """Return the artifacts that have a score and a drop."""
    scored = []
    for artifact in artifacts:
        task = artifact.task
        if artifact.parity is None or task is None or task.candidate is None or task.drop is None:
            continue
        scored.append(
            Scored(
                variant=artifact.variant,
                verdict=artifact.parity.verdict,
                bytes=artifact.bytes,
                reference=task.reference,
                candidate=task.candidate,
                drop=task.drop,
                drop_interval=_closed(task.drop_interval),
            )
        )
    return scored


def timed_artifacts(artifacts: Sequence[ArtifactEntry]) -> list[Timed]:
    """Return the artifacts whose latency was measured."""
    return [
        Timed(variant=artifact.variant, p50=artifact.latency.p50, p90=artifact.latency.p90)
        for artifact in artifacts
        if artifact.latency is not None and artifact.latency.p50 is not None and artifact.latency.p90 is not None
    ]


def _closed(interval: OpenInterval | None) -> Interval | None:
    """Return an interval that has both ends, which is what can be drawn."""
    if interval is None:
        return None
    low, high = interval
    return None if low is None or high is None else (low, high)
