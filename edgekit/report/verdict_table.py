"""The verdicts of a run as a table: in a terminal, in a notebook, the same cells."""

from __future__ import annotations

import html
from collections.abc import Sequence

from edgekit.documents.parity import TaskScores
from edgekit.documents.run import ArtifactEntry, RunReport
from edgekit.report.scores import has_drop, score
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
