"""Later commands add what they measured to the report of the run that an artifact is of.

Each rewrites the whole report, and several may run at a time, on several devices: the run's report has a lock, which is
held from reading the report to writing it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from msgspec.structs import replace

from edgekit.documents.bench import BenchReport
from edgekit.documents.diagnosis import Diagnosis
from edgekit.documents.document import Document
from edgekit.documents.parity import ParityReport
from edgekit.documents.plan import PlanReport
from edgekit.documents.run import ArtifactEntry, DeviceEntry, DeviceLatency, DeviceParity, RunReport
from edgekit.models.artifact import Artifact
from edgekit.models.run_layout import WORK_FOLDER, run_of
from edgekit.report.attachments import DEBUG, DEVICE, PLAN, attachment_file, attachments_of
from edgekit.system.digests import value_digest
from edgekit.system.files import make_folder, write_json

REPORT_LOCK = "report.lock"
"""In a run's work folder: who reads ``report.json`` to write it anew holds it."""


def keep_parity(artifact: Artifact, report: ParityReport) -> Path | None:
    """Keep the parity of an artifact on a device, beside what else it gave there; returns as `keep_diagnosis`."""
    parity = DeviceParity(verdict=report.verdict, message=report.message, samples=report.samples, task=report.task)
    return _keep_device(artifact, report, parity=parity)


def keep_latency(artifact: Artifact, report: BenchReport) -> Path | None:
    """Keep the latency of an artifact on a device, beside what else it gave there; returns as `keep_diagnosis`."""
    latency = DeviceLatency(
        latency_ms=report.latency_ms,
        threads=report.threads,
        runs=report.runs,
        load_ms=report.load_ms,
        first_ms=report.first_ms,
        peak_rss_bytes=report.peak_rss_bytes,
        delegation=report.delegation,
        measured_on=report.measured_on,
    )
    return _keep_device(artifact, report, latency=latency)


def keep_diagnosis(artifact: Artifact, diagnosis: Diagnosis) -> Path | None:
    """Keep what ``edgekit debug`` found, and write the run's report anew with it.

    Returns:
        The report; None if the artifact is of no run, or the run has none yet.

    Raises:
        OutputError: The report cannot be read or written.
    """
    run = run_of(artifact)
    if run is None:
        return None
    with report_lock(run):
        return _keep(run, artifact, DEBUG, diagnosis)


def keep_plan(artifact: Artifact, plan: PlanReport) -> Path | None:
    """Keep what ``edgekit plan`` found, and write the run's report anew with it; returns as `keep_diagnosis`."""
    run = run_of(artifact)
    if run is None:
        return None
    with report_lock(run):
        return _keep(run, artifact, f"{PLAN}-{plan.delegate}", plan)


@contextlib.contextmanager
def report_lock(run: Path) -> Iterator[None]:
    """Wait until nobody else rewrites the report of a run, and let nobody begin to."""
    from filelock import FileLock  # only who writes waits for it

    with FileLock(make_folder(run / WORK_FOLDER) / REPORT_LOCK):
        yield


def _keep_device(
    artifact: Artifact,
    report: ParityReport | BenchReport,
    *,
    parity: DeviceParity | None = None,
    latency: DeviceLatency | None = None,
) -> Path | None:
    """Keep what a device gave in its entry, where what is not measured now stays as it was."""
    run = run_of(artifact)
    if run is None:
        return None
    where = {"device": report.device, "runtime": report.runtime, "delegate": report.delegate}
    kind = f"{DEVICE}-{value_digest(where).short()}"
    file = attachment_file(run, artifact, kind)
    with report_lock(run):
        before = DeviceEntry.load(file) if file.exists() else _unmeasured(report)
        entry = replace(before, parity=parity or before.parity, latency=latency or before.latency)
        return _keep(run, artifact, kind, entry)


def _unmeasured(report: ParityReport | BenchReport) -> DeviceEntry:
    return DeviceEntry(
        device=report.device, runtime=report.runtime, delegate=report.delegate, parity=None, latency=None
    )


def _keep(run: Path, artifact: Artifact, kind: str, finding: Document) -> Path | None:
    """Write a finding and the report with it; the caller holds the report's lock."""
    from edgekit.report import write_report  # heavy

    write_json(attachment_file(run, artifact, kind), finding.to_json())
    if not (run / "report.json").is_file():
        return None
    report = RunReport.load(run / "report.json")
    path = f"artifacts/{artifact.path.name}"
    entries = tuple(
        _with_attachments(run, artifact, entry) if entry.path == path else entry for entry in report.artifacts
    )
    return write_report(replace(report, artifacts=entries), run)


def _with_attachments(run: Path, artifact: Artifact, entry: ArtifactEntry) -> ArtifactEntry:
    attachments = attachments_of(run, artifact)
    return replace(entry, debug=attachments.debug, plans=attachments.plans, devices=attachments.devices)
