"""What later commands found of a run's artifacts: kept in the run's work folder, and shown in its report."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from edgekit.artifacts import Artifact
from edgekit.digests import value_digest
from edgekit.files import write_json

WORK_FOLDER = ".edgekit"
"""Folder beside a run's model, with what the run keeps for the next one."""
DEBUG, PLAN, DEVICE = "debug", "plan", "device"
NOTHING_KEPT: Mapping[str, Any] = {"debug": None, "plans": [], "devices": []}
"""What a report says of an artifact of which later commands found nothing."""
_TOLD: Mapping[str, tuple[str, ...]] = {
    "parity": ("verdict", "message", "samples", "task"),
    "latency": (
        "latency_ms", "threads", "runs", "load_ms", "first_ms", "peak_rss_bytes", "delegation", "measured_on",
    ),
}  # fmt: skip
"""What is kept of a command's JSON."""


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


def keep_measured(artifact: Artifact, kind: str, value: Mapping[str, Any]) -> Path | None:
    """Keep what an artifact gave on a device, beside what else it gave there; returns as `keep_diagnosis`.

    Args:
        artifact: The artifact.
        kind: ``parity`` or ``latency``.
        value: What ``edgekit parity`` or ``edgekit bench`` prints as JSON.
    """
    run = run_of(artifact)
    if run is None:
        return None
    where = {name: value[name] for name in ("device", "runtime", "delegate")}
    name = f"{DEVICE}-{value_digest(where)[7:23]}"
    file = _file(run, artifact, name)
    known = _read(file) if file.exists() else {**where, "parity": None, "latency": None}
    told = {key: value[key] for key in _TOLD[kind]}
    return _keep(artifact, name, {**known, kind: told})


def keep_diagnosis(artifact: Artifact, value: dict[str, Any]) -> Path | None:
    """Keep what ``edgekit debug`` found, and write the run's report anew with it.

    Returns:
        The report; None if the artifact is of no run, or the run has none yet.
    """
    return _keep(artifact, DEBUG, value)


def keep_plan(artifact: Artifact, value: dict[str, Any]) -> Path | None:
    """Keep what ``edgekit plan`` found, and write the run's report anew with it; returns as `keep_diagnosis`."""
    return _keep(artifact, f"{PLAN}-{value['delegate']}", value)


def run_of(artifact: Artifact) -> Path | None:
    """Return the folder of the run that an artifact is of; None: of none, or it is a copy."""
    run = artifact.path.absolute().parent.parent
    if artifact.path.absolute().parent.name != "artifacts" or not (run / WORK_FOLDER).is_dir():
        return None
    return run if artifact.path.name == artifact.name else None


def _keep(artifact: Artifact, kind: str, value: dict[str, Any]) -> Path | None:
    from edgekit.report import write_report

    run = run_of(artifact)
    if run is None:
        return None
    write_json(_file(run, artifact, kind), value)
    if not (run / "report.json").is_file():
        return None
    document = json.loads((run / "report.json").read_text())
    for entry in document["artifacts"]:
        if entry["path"] == f"artifacts/{artifact.path.name}":
            entry |= kept_of(run, artifact)
    return write_report(document, run)


def _file(run: Path, artifact: Artifact, kind: str) -> Path:
    return run / WORK_FOLDER / _name(artifact, kind)


def _name(artifact: Artifact, kind: str) -> str:
    return f"{kind}-{artifact.digest()[7:23]}.json"


def _read(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(file.read_text())
    return found
