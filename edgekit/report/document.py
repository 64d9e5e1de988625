"""The document of a run: what ``report.json`` holds, and what the page and the JUnit file are made of."""

from __future__ import annotations

import dataclasses
from typing import Any

from edgekit.conversion.conversion import Conversion
from edgekit.data.splits import DataSplit
from edgekit.evaluation.gates import FAIL, INCONCLUSIVE, PASS
from edgekit.evaluation.intervals import METHODS
from edgekit.models.artifact import Artifact
from edgekit.models.tuned_model import TunedModel
from edgekit.recipe.recipe import ParityRecipe
from edgekit.report.attachments import NOTHING_KEPT, kept_of
from edgekit.system.digests import folder_bytes
from edgekit.system.machine import machine
from edgekit.system.versions import tool_versions


def artifact_entry(made: Conversion, results: dict[str, Any], latencies: dict[str, Any]) -> dict[str, Any]:
    """Return what the document says of one variant, built or not."""
    artifact, name = made.artifact, str(made.variant)
    measured = latencies.get(name)
    return {
        "variant": name,
        "path": None if artifact is None else f"artifacts/{name}",
        "bytes": None if artifact is None else artifact.bytes,
        "sha256": None if artifact is None else artifact.digest().hex,
        "status": "failed" if artifact is None else "built",
        "error": made.error,
        "made_by": None if artifact is None else artifact.made_by,
        "rounding": None if artifact is None else artifact.rounding,
        "weights": None if artifact is None else artifact.weights,
        "except": [] if artifact is None else [entry.to_json() for entry in artifact.overrides],
        "seconds": made.seconds,
        "parity": None if artifact is None else results[name],
        "latency": measured and _latency(measured),
        "contract": None if artifact is None or artifact.contract is None else artifact.contract.to_json(),
        "not_in_metadata": [] if artifact is None else list(artifact.unsaid),
        **(NOTHING_KEPT if artifact is None else kept_of(artifact.path.parent.parent, artifact)),
    }


def run_document(
    name: str,
    rule: ParityRecipe,
    model: TunedModel,
    training: Any,
    split: DataSplit,
    artifacts: list[dict[str, Any]],
    curve: dict[str, Any] | None = None,
    command: str | None = None,
) -> dict[str, Any]:
    """Return what ``report.json`` holds of the run called ``name``, which ``command`` made."""
    note = (
        "the held-out samples also chose the epoch whose weights were kept, so the scores may be a little too "
        "good; the drop compares original and artifact on equal terms."
    )
    unclear = (
        f"{split.contradictory} samples have the content of others of another class; they trained and do not judge"
    )
    chosen = training is not None and split.role == "validation"
    return {
        "schema": 1,
        "name": name,
        "verdict": overall_verdict(artifacts),
        "command": command,
        "report": "report.html",
        "model": {
            "path": "model",
            "digest": model.digest(),
            "bytes": folder_bytes(model.path),
            "contract": model.contract.to_json(),
            "training": training,
        },
        "data": {
            "train": None if split.train is None else len(split.train),
            "held_out": len(split.held_out),
            "held_out_role": split.role,
            "classes": list(split.held_out.classes or ()),
            "skipped": list(split.skipped),
            "contradictory": split.contradictory,
            "note": " ".join(filter(None, (note if chosen else None, unclear if split.contradictory else None)))
            or None,
        },
        "parity": dataclasses.asdict(rule),
        "calibration": curve,
        "methods": list(METHODS),
        "versions": tool_versions(),
        "measured_on": machine(),
        "artifacts": artifacts,
    }


def overall_verdict(artifacts: list[dict[str, Any]]) -> str:
    """Return the worst verdict; a variant that could not be built is a failure."""
    verdicts = {FAIL if entry["parity"] is None else entry["parity"]["verdict"] for entry in artifacts}
    return next((verdict for verdict in (FAIL, INCONCLUSIVE) if verdict in verdicts), PASS)


def not_compared(reason: str, artifact: Artifact) -> dict[str, Any]:
    """Return the parity of an artifact that could not be run: failed, with the reason and no numbers."""
    empty = dict.fromkeys(("needed_samples", "delegate", "delegation", "task", "runtime"))
    return {
        "verdict": FAIL,
        "message": reason,
        "samples": 0,
        "variant": artifact.name,
        "device": "host",
        "left_out": 0,
        "warnings": [],
        "outputs": {},
        "gates": [],
        "worst": [],
        **empty,
    }


def _latency(measured: dict[str, Any]) -> dict[str, Any]:
    return {
        "p50": measured["latency_ms"]["p50"],
        "p90": measured["latency_ms"]["p90"],
        "p99": measured["latency_ms"]["p99"],
        "threads": measured["threads"],
        "runs": measured["runs"],
        "runtime": measured["runtime"],
        "measured_on": measured["measured_on"],
    }
