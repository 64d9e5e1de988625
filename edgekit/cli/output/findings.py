"""Diagnoses and searches, as people read them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from edgekit.cli.output.text import lines, table, wrapped
from edgekit.documents.diagnosis import Diagnosis, Operator
from edgekit.documents.search import CandidateEntry, SearchReport
from edgekit.report.verdict_table import MARKS
from edgekit.system.printable import size


def diagnosis(report: Diagnosis) -> None:
    """Print where the error of an artifact enters."""
    lines(wrapped([f"{report.variant}, {report.samples} samples: {report.message}"]))
    table(("stage", "SQNR"), [[stage.stage, _db(stage.sqnr_db)] for stage in report.stages])
    title = "culprit" if report.culprits else "worst alone"
    operators = report.culprits or report.operators[:5]
    columns = ("#", title, "op", "alone", "piled up", "range", "outside")
    table(columns, map(_operator_row, operators), left=3)
    lines([f"measured at {report.measured_at.partition(';')[0]}; {report.evaluations} models run"])
    files = {
        "reproducer": report.reproducer,
        "drawing": report.drift,
        "for Model Explorer": report.overlay,
        "shown in": report.report,
    }
    lines(f"{purpose}: {file}" for purpose, file in files.items() if file)


def _operator_row(operator: Operator) -> list[str]:
    return [
        str(operator.index),
        "/".join(operator.short.split("/")[-2:]),
        operator.op,
        _db(operator.alone_db) if operator.compared else "?",
        _db(operator.accumulated_db) if operator.compared else "?",
        "" if operator.used is None else f"{operator.used:.0%}",
        "" if operator.saturated is None else f"{operator.saturated:.1%}",
    ]


def search(report: SearchReport, out: Path) -> None:
    """Print the front of a search, its choice, and why."""
    names = dict.fromkeys([*report.front, *filter(None, [report.choice, report.nearest_miss])])
    rows = (_candidate_row(report.candidate(name)) for name in names)
    table(("front", "size", "SQNR", "agree", "p50 ms", "why"), rows)
    lines(
        [
            f"{len(report.candidates)} candidates, {report.built} built and asked; {report.samples.choosing} held-out "
            f"samples chose, {report.samples.certifying} others certify"
        ]
    )
    if report.choice is not None and report.path is not None:
        lines([f"choice: {report.choice} in {out / report.path}"])
    lines(wrapped(_certificate(report)))
    lines([f"all candidates: {out / 'search.json'}"])


def _candidate_row(candidate: CandidateEntry) -> list[str]:
    evidence = candidate.evidence
    if evidence is None:
        return [candidate.name, "", "", "", "", candidate.reason]
    return [
        candidate.name,
        size(evidence.size),
        _db(evidence.sqnr_db),
        "" if evidence.agreement is None else f"{100 * evidence.agreement:.1f}",
        "" if evidence.latency_ms is None else f"{evidence.latency_ms:.2f}",
        candidate.reason,
    ]


def _certificate(report: SearchReport) -> Iterator[str]:
    """Say what the certificate of the choice is, or what comes nearest to the limits."""
    if report.certificate is not None:
        yield f"on held-out samples: {MARKS[report.certificate.verdict]}, {report.certificate.message}"
    if report.choice is None and report.nearest_miss is not None:
        breaks = report.candidate(report.nearest_miss).breaks
        limits = [
            name if factor is None else f"{name} ({factor:.3g} times the limit)" for name, factor in breaks.items()
        ]
        broken = " and ".join(limits)
        yield f"nothing meets the limits; {report.nearest_miss} comes nearest, and breaks that of {broken}"


def _db(ratio: float | None) -> str:
    return "exact" if ratio is None else f"{ratio:.1f} dB"
