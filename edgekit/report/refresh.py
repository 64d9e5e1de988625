"""Later commands add what they measured to the report of the run that an artifact is of."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from edgekit.models.artifact import Artifact
from edgekit.models.run_layout import run_of
from edgekit.report.attachments import DEBUG, DEVICE, PLAN, _file, _read, kept_of
from edgekit.system.digests import value_digest
from edgekit.system.files import write_json

_TOLD: Mapping[str, tuple[str, ...]] = {
    "parity": ("verdict", "message", "samples", "task"),
    "latency": (
        "latency_ms", "threads", "runs", "load_ms", "first_ms", "peak_rss_bytes", "delegation", "measured_on",
    ),
}  # fmt: skip
"""What is kept of a command's JSON."""


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
    name = f"{DEVICE}-{value_digest(where).short()}"
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
