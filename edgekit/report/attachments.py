"""What later commands found of a run's artifacts: kept in the run's work folder, and shown in its report."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from edgekit.models.artifact import Artifact
from edgekit.models.run_layout import WORK_FOLDER

DEBUG, PLAN, DEVICE = "debug", "plan", "device"
NOTHING_KEPT: Mapping[str, Any] = {"debug": None, "plans": [], "devices": []}
"""What a report says of an artifact of which later commands found nothing."""


def kept_diagnosis(run: Path, artifact: Artifact) -> dict[str, Any] | None:
    """Return what ``edgekit debug`` found of an artifact of a run; None: nothing yet."""
    file = _file(run, artifact, DEBUG)
    return _read(file) if file.exists() else None


def kept_plans(run: Path, artifact: Artifact) -> list[dict[str, Any]]:
    """Return what ``edgekit plan`` found of an artifact of a run, by the delegates' names."""
    return [_read(file) for file in sorted((run / WORK_FOLDER).glob(_name(artifact, f"{PLAN}-*")))]


def kept_of(run: Path, artifact: Artifact) -> dict[str, Any]:
    """Return all that later commands found of an artifact of a run, by its keys in the report."""
    devices = [_read(file) for file in sorted((run / WORK_FOLDER).glob(_name(artifact, f"{DEVICE}-*")))]
    return {"debug": kept_diagnosis(run, artifact), "plans": kept_plans(run, artifact), "devices": devices}


def _file(run: Path, artifact: Artifact, kind: str) -> Path:
    return run / WORK_FOLDER / _name(artifact, kind)


def _name(artifact: Artifact, kind: str) -> str:
    return f"{kind}-{artifact.digest().short()}.json"


def _read(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(file.read_text())
    return found
