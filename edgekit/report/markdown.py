"""The verdicts as Markdown, for a pull request: GitHub shows what is written to ``$GITHUB_STEP_SUMMARY``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from edgekit.report.numbers import Metric
from edgekit.report.wording import STATES, state
from edgekit.system.printable import size

MARKS = {"pass": "✅", "fail": "❌", "inconclusive": "❔", "unbuilt": "❌", "uncompared": "❔"}


def render_markdown(document: dict[str, Any]) -> str:
    """Return a document of a run as Markdown: a table of its variants, and a sentence for each that did not pass."""
    rule = document["parity"] or dict.fromkeys(("metric", "threshold", "confidence"))
    metric = Metric(name=rule["metric"] or "score", threshold=rule["threshold"])
    held_out = "" if document["data"] is None else f"{document['data']['held_out']} held-out samples. "
    confidence = "" if rule["confidence"] is None else f"Intervals at {100 * rule['confidence']:g}% confidence."
    columns = ["variant", "verdict", "size", metric.heading.lower(), "drop", "agreement"]
    rows = [_row(artifact, metric) for artifact in document["artifacts"]]
    lines = [
        f"### {document['name']}: {document['verdict']}",
        "",
        _line(columns),
        _line(["---"] * len(columns)),
        *map(_line, rows),
        "",
        *_sentences(document["artifacts"]),
        held_out + confidence,
    ]
    return "\n".join(lines) + "\n"


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _row(artifact: dict[str, Any], metric: Metric) -> list[str]:
    task = artifact["parity"]["task"] if artifact["parity"] else None
    found = state(artifact)
    scored = task is not None and task["reference"] is not None
    return [
        f"`{artifact['variant']}`",
        f"{MARKS[found]} {STATES[found]}",
        size(artifact["bytes"]),
        metric.score(task["candidate"]) if task and task["candidate"] is not None else "",
        f"{metric.drop(task['drop'])} ({metric.drop_interval(task['drop_interval'])})" if task and scored else "",
        f"{100 * task['agreement']:.1f}%" if task else "",
    ]


def _sentences(artifacts: list[dict[str, Any]]) -> Iterator[str]:
    for artifact in artifacts:
        if state(artifact) == "pass":
            continue
        reason = artifact["error"] or (artifact["parity"] or {}).get("message") or "it was not compared"
        yield f"- `{artifact['variant']}`: {reason}"
        yield ""
