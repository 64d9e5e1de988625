"""What later commands found of a run's artifacts: kept in the run's work folder, and shown in its report."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edgekit.documents.diagnosis import Diagnosis
from edgekit.documents.plan import PlanReport
from edgekit.documents.run import DeviceEntry
from edgekit.models.artifact import Artifact
from edgekit.models.run_layout import WORK_FOLDER

DEBUG, PLAN, DEVICE = "debug", "plan", "device"


@dataclass(frozen=True, kw_only=True)
class Attachments:
    """All that later commands found of an artifact.

    Attributes:
        debug: What ``edgekit debug`` found; None: nothing yet.
        plans: What ``edgekit plan`` found, by the delegates' names.
        devices: What devices gave.
    """

    debug: Diagnosis | None = None
    plans: tuple[PlanReport, ...] = ()
    devices: tuple[DeviceEntry, ...] = ()


def attachments_of(run: Path, artifact: Artifact) -> Attachments:
    """Return all that later commands found of an artifact of a run."""
    return Attachments(
        debug=diagnosis_of(run, artifact),
        plans=plans_of(run, artifact),
        devices=tuple(DeviceEntry.load(file) for file in _files(run, artifact, DEVICE)),
    )


def diagnosis_of(run: Path, artifact: Artifact) -> Diagnosis | None:
    """Return what ``edgekit debug`` found of an artifact of a run; None: nothing yet."""
    file = attachment_file(run, artifact, DEBUG)
    return Diagnosis.load(file) if file.exists() else None


def plans_of(run: Path, artifact: Artifact) -> tuple[PlanReport, ...]:
    """Return what ``edgekit plan`` found of an artifact of a run, by the delegates' names."""
    return tuple(PlanReport.load(file) for file in _files(run, artifact, PLAN))


def attachment_file(run: Path, artifact: Artifact, kind: str) -> Path:
    """Return where a finding of a kind is kept: under the digest of the file that it is of."""
    return run / WORK_FOLDER / f"{kind}-{artifact.digest().short()}.json"


def _files(run: Path, artifact: Artifact, kind: str) -> list[Path]:
    pattern = attachment_file(run, artifact, f"{kind}-*")
    return sorted(pattern.parent.glob(pattern.name))
