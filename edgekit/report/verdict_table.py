"""The verdicts of a run as a table, in a terminal or a notebook the same cells; scores as their metric writes them."""

from __future__ import annotations

import html
from collections.abc import Sequence

from edgekit.adapters.metric import Notation, Unit, load_metric
from edgekit.documents.parity import TaskScores
from edgekit.documents.run import ArtifactEntry, ParityRule, RunReport
from edgekit.system.printable import NOT_MEASURED, percent, size

MARKS = {"pass": "pass", "fail": "FAIL", "inconclusive": "inconclusive"}
COLOURS = {"pass": "#1a7f37", "FAIL": "#cf222e", "not built": "#cf222e"}
"""Of the word in a notebook; others are as the text around."""


def headings(report: RunReport) -> tuple[str, ...]:
    """Return the names of the columns; a metric without a drop has none for it."""
    return ("variant", "size", "score", *(("drop, interval",) if _drops(report) else ()), "agree", "p50 ms", "verdict")


def rows(report: RunReport) -> list[list[str]]:
    """Return the cells of each variant."""
    return [_row(entry, drops=_drops(report)) for entry in report.artifacts]


def _drops(report: RunReport) -> bool:
    return report.parity is None or has_drop(report.parity)


def _row(entry: ArtifactEntry, *, drops: bool) -> list[str]:
    task = entry.task
    verdict = "not built" if entry.parity is None else MARKS[entry.parity.verdict]
    latency = None if entry.latency is None else entry.latency.p50
    return [
        entry.variant,
        size(entry.bytes),
        score(task),
        *([_drop(task)] if drops else []),
        percent(None if task is None else task.agreement),
        NOT_MEASURED if latency is None else f"{latency:.3g}",
        verdict,
    ]


def _drop(task: TaskScores | None) -> str:
    if task is None or task.drop is None or task.drop_interval is None:
        return NOT_MEASURED
    low, high = (NOT_MEASURED if end is None else f"{100 * end:+.1f}" for end in task.drop_interval)
    return f"{100 * task.drop:+.1f} [{low}, {high}]"


def table_html(report: RunReport, caption: str) -> str:
    """Return the table for a notebook, every cell escaped, with a caption below it."""
    header = "".join(f"<th>{html.escape(name)}</th>" for name in headings(report))
    body = "".join(f"<tr>{_cells(row)}</tr>" for row in rows(report))
    return f"<table><thead><tr>{header}</tr></thead><tbody>{body}</tbody></table><p>{html.escape(caption)}</p>"


def _cells(row: Sequence[str]) -> str:
    *numbers, verdict = row
    colour = f' style="color: {COLOURS[verdict]}"' if verdict in COLOURS else ""
    cells = "".join(f"<td>{html.escape(cell)}</td>" for cell in numbers)
    return f"{cells}<td{colour}>{html.escape(verdict)}</td>"


def notation(metric: str) -> Notation:
    """Return how a metric is written."""
    return load_metric(metric).NOTATION


def unit_suffix(metric: str) -> str:
    """Return the unit of a metric as it stands behind a number; empty if it has none, or is in percent."""
    return " dB" if notation(metric).unit is Unit.DECIBEL else ""


def score(task: TaskScores | None) -> str:
    """Return a score in percent, or the median similarity as it is."""
    if task is None or task.threshold is None:
        return percent(None if task is None else task.candidate)
    written = notation(task.metric)
    if not written.has_median:
        return NOT_MEASURED
    if task.candidate is None:
        return "exact"
    return f"{task.candidate:.1f}" if written.unit is Unit.DECIBEL else f"{task.candidate:.4f}"


def columns(rule: ParityRule) -> str:
    """Say what the columns score and agree of a run hold."""
    if rule.metric is None:
        return "nothing was judged"
    return notation(rule.metric).columns.format(threshold=rule.threshold)


def limit(rule: ParityRule) -> list[str]:
    """Say what a variant has to keep to; nothing if nothing was judged."""
    if rule.metric is None or rule.max_drop is None:
        return []
    sentence = f"at most {100 * rule.max_drop:g}% of samples may not agree"
    if has_drop(rule):
        sentence = f"limit of the drop: {100 * rule.max_drop:g}"
    return [f"{sentence}, intervals at {rule.confidence:.0%} confidence"]


def has_drop(rule: ParityRule) -> bool:
    """Whether a run has a column for the drop: where nothing was judged it is empty."""
    return rule.metric is None or notation(rule.metric).drop is not None
