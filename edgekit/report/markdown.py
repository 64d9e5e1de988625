"""The verdicts as Markdown, for a pull request: GitHub shows what is written to ``$GITHUB_STEP_SUMMARY``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from edgekit.documents.run import ArtifactEntry, RunReport
from edgekit.report.numbers import Metric, metric_of
from edgekit.report.wording import STATES, state
from edgekit.system.printable import size

MARKS = {"pass": "✅", "fail": "❌", "inconclusive": "❔", "unbuilt": "❌", "uncompared": "❔"}


def render_markdown(report: RunReport) -> str:
    """Return a run as Markdown: a table of its variants, and a sentence for each that did not pass."""
    rule = report.parity
    metric = metric_of(rule)
    held_out = "" if report.data is None else f"{report.data.held_out} held-out samples. "
    confidence = ""
    if rule is not None and rule.confidence is not None:
        confidence = f"Intervals at {100 * rule.confidence:g}% confidence."
    columns = ["variant", "verdict", "size", metric.heading.lower(), "drop", "agreement"]
    rows = [_row(artifact, metric) for artifact in report.artifacts]
    lines = [
        f"### {report.name}: {report.verdict}",
        "",
        _line(columns),
        _line(["---"] * len(columns)),
        *map(_line, rows),
        "",
        *_sentences(report.artifacts),
        held_out + confidence,
    ]
    return "\n".join(lines) + "\n"


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _row(artifact: ArtifactEntry, metric: Metric) -> list[str]:
    task = artifact.task
    outcome = state(artifact)
    score = drop = agreement = ""
    if task is not None:
        agreement = f"{100 * task.agreement:.1f}%"
        score = "" if task.candidate is None else metric.score(task.candidate)
        if task.reference is not None:
            drop = f"{metric.drop(task.drop)} ({metric.drop_interval(task.drop_interval)})"
    return [
        f"`{artifact.variant}`",
        f"{MARKS[outcome]} {STATES[outcome]}",
        size(artifact.bytes),
        score,
        drop,
        agreement,
    ]


def _sentences(artifacts: Sequence[ArtifactEntry]) -> Iterator[str]:
    for artifact in artifacts:
        if state(artifact) != "pass":
            message = None if artifact.parity is None else artifact.parity.message
            yield f"- `{artifact.variant}`: {artifact.error or message or 'it was not compared'}"
            yield ""
        if artifact.latency_error:
            yield f"- `{artifact.variant}`: its latency could not be measured: {artifact.latency_error}"
            yield ""
