"""Runs and conversions, as people read them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from edgekit.cli.output.text import lines, table, wrapped
from edgekit.documents.conversion import ConversionEntry
from edgekit.documents.run import ArtifactEntry, DataEntry, RunReport
from edgekit.report.verdict_table import columns, headings, limit, rows
from edgekit.system.printable import size


def run(report: RunReport, out: Path) -> None:
    """Print the result of a run."""
    rule, data = report.parity, report.data
    assert rule is not None and data is not None, "a run has both"  # noqa: PT018 - one fact
    table(headings(report), rows(report))
    lines(
        [
            *wrapped(_notes(report, data)),
            *_joined(f"{report.name}: {data.held_out} held-out samples", columns(rule)),
            *limit(rule),
            f"latency on {report.measured_on}",
            f"report: {out / report.report}",
        ]
    )


def _notes(report: RunReport, data: DataEntry) -> Iterator[str]:
    """Say what the table leaves open: reasons by the variants that share them, warnings, and what would decide."""
    reasons: dict[str, list[str]] = {}
    for entry in report.artifacts:
        for reason in _reasons(entry):
            reasons.setdefault(reason, []).append(entry.variant)
    for reason, names in reasons.items():
        yield f"{', '.join(names)}: {reason}"
    compared = [entry.parity for entry in report.artifacts if entry.parity is not None]
    warnings = dict.fromkeys(warning for parity in compared for warning in parity.warnings)
    for warning in warnings:
        yield f"warning: {warning}"
    if data.contradictory:
        yield f"warning: {data.contradictory} samples have the content of others of another class"
    needed = [parity.needed_samples for parity in compared if parity.verdict == "inconclusive"]
    if any(needed):
        yield f"inconclusive: about {max(filter(None, needed))} held-out samples in all would decide"
    elif needed:
        yield "inconclusive: no number of held-out samples would decide at these rates"


def _reasons(entry: ArtifactEntry) -> Iterator[str]:
    """Say why numbers of a variant are missing."""
    if entry.error is not None:
        yield entry.error
    elif entry.parity is not None and entry.parity.task is None:
        yield entry.parity.message
    if entry.latency_error and (entry.parity is None or entry.latency_error != entry.parity.message):
        yield f"latency not measured: {entry.latency_error}"


def _joined(*texts: str) -> list[str]:
    """Return texts as one line if that fits, else as a line each."""
    line = "; ".join(texts)
    return [line] if len(line) <= 80 else list(texts)


def conversions(entries: Iterable[ConversionEntry]) -> None:
    """Print what became of each variant."""
    table(
        ("variant", "size", "result"),
        ([entry.variant, size(entry.bytes), entry.path or f"failed: {entry.error}"] for entry in entries),
        left=1,
    )
