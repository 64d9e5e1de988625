"""The document of a run: what ``report.json`` holds, and what the page and the JUnit file are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from msgspec import UNSET

from edgekit.conversion.job import Conversion
from edgekit.data.splits import DataSplit
from edgekit.documents.bench import BenchReport
from edgekit.documents.document import Verdict
from edgekit.documents.parity import ParityReport
from edgekit.documents.run import (
    ArtifactEntry,
    CalibrationCurve,
    DataEntry,
    HostLatency,
    ModelEntry,
    OverrideEntry,
    ParityRule,
    RunReport,
    TrainingRecord,
)
from edgekit.evaluation.gates import FAIL, INCONCLUSIVE
from edgekit.evaluation.intervals import METHODS
from edgekit.models.artifact import Artifact
from edgekit.models.tuned_model import TunedModel
from edgekit.recipe.recipe import ParityRecipe
from edgekit.report.attachments import Attachments, attachments_of
from edgekit.system.digests import folder_bytes
from edgekit.system.machine import machine
from edgekit.system.versions import tool_versions

CHOSEN_BY_HELD_OUT = (
    "the held-out samples also chose the epoch whose weights were kept, so the scores may be a little too "
    "good; the drop compares original and artifact on equal terms."
)


@dataclass(frozen=True, kw_only=True)
class Measurements:
    """What was measured of the artifacts of a run, by their variants.

    Attributes:
        parities: Of each that was built.
        latencies: Of each that could be timed.
        latency_errors: Why the others could not.
    """

    parities: Mapping[str, ParityReport]
    latencies: Mapping[str, BenchReport]
    latency_errors: Mapping[str, str]


def artifact_entry(conversion: Conversion, measurements: Measurements) -> ArtifactEntry:
    """Return what the document says of one variant, built or not."""
    artifact, name = conversion.artifact, str(conversion.variant)
    if artifact is None:
        return ArtifactEntry(
            variant=name,
            path=None,
            bytes=None,
            sha256=None,
            status="failed",
            error=conversion.error,
            made_by=None,
            seconds=conversion.seconds,
            parity=None,
            latency=None,
        )
    measured = measurements.latencies.get(name)
    attachments = attachments_of(artifact.path.parent.parent, artifact)
    return _built_entry(
        artifact,
        conversion,
        parity=measurements.parities[name],
        latency=None if measured is None else _latency(measured),
        latency_error=measurements.latency_errors.get(name),
        attachments=attachments,
    )


def _built_entry(
    artifact: Artifact,
    conversion: Conversion,
    *,
    parity: ParityReport,
    latency: HostLatency | None,
    latency_error: str | None,
    attachments: Attachments,
) -> ArtifactEntry:
    name = str(conversion.variant)
    return ArtifactEntry(
        variant=name,
        path=f"artifacts/{name}",
        bytes=artifact.bytes,
        sha256=artifact.digest().hex,
        status="built",
        error=conversion.error,
        made_by=artifact.made_by,
        rounding=artifact.rounding,
        weights=artifact.weights,
        overrides=tuple(OverrideEntry.from_json(override.to_json()) for override in artifact.overrides),
        seconds=conversion.seconds,
        parity=parity,
        latency=latency,
        latency_error=UNSET if latency_error is None else latency_error,
        contract=None if artifact.contract is None else artifact.contract.to_json(),
        not_in_metadata=artifact.unsaid,
        debug=attachments.debug,
        plans=attachments.plans,
        devices=attachments.devices,
    )


@dataclass(frozen=True, kw_only=True)
class RunFacts:
    """What a run started from.

    Attributes:
        name: The recipe's name.
        rule: What it judges by.
        model: The original.
        training: How it was trained; None: it was not trained here.
        split: The samples.
        curve: What more calibration samples give; None where no variant is calibrated.
        command: What was typed; None: nobody knows.
    """

    name: str
    rule: ParityRecipe
    model: TunedModel
    training: TrainingRecord | None
    split: DataSplit
    curve: CalibrationCurve | None = None
    command: str | None = None


def run_report(facts: RunFacts, artifacts: Sequence[ArtifactEntry]) -> RunReport:
    """Return what ``report.json`` holds of a run."""
    model, rule = facts.model, facts.rule
    return RunReport(
        schema=1,
        name=facts.name,
        verdict=overall_verdict(artifacts),
        command=facts.command,
        report="report.html",
        model=ModelEntry(
            path="model",
            digest=str(model.digest()),
            bytes=folder_bytes(model.path),
            contract=model.contract.to_json(),
            training=facts.training,
        ),
        data=_data_entry(facts.split, trained=facts.training is not None),
        parity=ParityRule(
            metric=rule.metric, max_drop=rule.max_drop, threshold=rule.threshold, confidence=rule.confidence
        ),
        calibration=facts.curve,
        methods=tuple(METHODS),
        versions=dict(tool_versions()),
        measured_on=machine(),
        artifacts=tuple(artifacts),
    )


def _data_entry(split: DataSplit, *, trained: bool) -> DataEntry:
    notes = [CHOSEN_BY_HELD_OUT] if trained and split.role == "validation" else []
    if split.contradictory:
        notes.append(
            f"{split.contradictory} samples have the content of others of another class; they trained and do not judge"
        )
    return DataEntry(
        train=None if split.train is None else len(split.train),
        held_out=len(split.held_out),
        held_out_role=split.role,
        classes=tuple(split.held_out.classes or ()),
        skipped=tuple(split.skipped),
        contradictory=split.contradictory,
        note=" ".join(notes) or None,
    )


def overall_verdict(artifacts: Sequence[ArtifactEntry]) -> Verdict:
    """Return the worst verdict; a variant that could not be built is a failure."""
    verdicts = {FAIL if entry.parity is None else entry.parity.verdict for entry in artifacts}
    if FAIL in verdicts:
        return "fail"
    return "inconclusive" if INCONCLUSIVE in verdicts else "pass"


def not_compared(reason: str, artifact: Artifact) -> ParityReport:
    """Return the parity of an artifact that could not be run: failed, with the reason and no numbers."""
    return ParityReport(
        verdict="fail",
        message=reason,
        samples=0,
        needed_samples=None,
        variant=artifact.name,
        runtime=None,
        device="host",
        delegate=None,
        outputs={},
        task=None,
        gates=(),
        worst=(),
    )


def _latency(report: BenchReport) -> HostLatency:
    return HostLatency(
        p50=report.latency_ms.p50,
        p90=report.latency_ms.p90,
        p99=report.latency_ms.p99,
        threads=report.threads,
        runs=report.runs,
        runtime=report.runtime,
        measured_on=report.measured_on,
    )
