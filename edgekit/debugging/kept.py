"""Diagnoses of the artifacts of a run: kept beside them, and shown in the run's report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from edgekit.answers import WORK_FOLDER
from edgekit.artifacts import Artifact
from edgekit.debugging.findings import Diagnosis
from edgekit.files import write_json


def kept_diagnosis(run: Path, artifact: Artifact) -> dict[str, Any] | None:
    """Return what was found of an artifact of a run, as ``edgekit debug --json`` prints it; None: nothing yet."""
    file = _file(run, artifact)
    if not file.exists():
        return None
    found: dict[str, Any] = json.loads(file.read_text())
    return found


def keep_diagnosis(artifact: Artifact, found: Diagnosis) -> Path | None:
    """Keep what was found, and write the run's report anew with it.

    Returns:
        The report; None if the artifact is of no run, or the run has none yet.
    """
    from edgekit.report import write_report

    run = artifact.path.absolute().parent.parent
    if artifact.path.absolute().parent.name != "artifacts" or not (run / WORK_FOLDER).is_dir():
        return None
    write_json(_file(run, artifact), found.to_json())
    if not (run / "report.json").is_file():
        return None
    document = json.loads((run / "report.json").read_text())
    for entry in document["artifacts"]:
        if entry["sha256"] == artifact.digest().removeprefix("sha256:"):
            entry["debug"] = found.to_json()
    return write_report(document, run)


def _file(run: Path, artifact: Artifact) -> Path:
    return run / WORK_FOLDER / f"debug-{artifact.digest()[7:23]}.json"
