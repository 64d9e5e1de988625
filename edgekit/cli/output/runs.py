"""Runs, conversions and modules, as people read them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from edgekit.cli.output.text import DECIBELS, MARKS, lines, metric, percent, score, table, wrapped
from edgekit.recipe.recipe import SCORED_METRICS
from edgekit.system.printable import NOT_MEASURED, size


def run(document: Mapping[str, Any], out: Path) -> None:
    """Print the result of a run."""
    drops = document["parity"]["threshold"] is None and document["parity"]["metric"] != "agreement"
    columns = ("variant", "size", "score", *(("drop, interval",) if drops else ()), "agree", "p50 ms", "verdict")
    table(columns, (_run_row(entry, drops=drops) for entry in document["artifacts"]))
    reasons: dict[str, list[str]] = {}
    for entry in filter(_notable, document["artifacts"]):
        reasons.setdefault(entry["error"] or entry["parity"]["message"], []).append(entry["variant"])
    notes = [f"{', '.join(names)}: {reason}" for reason, names in reasons.items()]
    compared = [entry["parity"] for entry in document["artifacts"] if entry["parity"] is not None]
    notes += [f"warning: {text}" for text in dict.fromkeys(t for parity in compared for t in parity["warnings"])]
    data = document["data"]
    if data["contradictory"]:
        notes.append(f"warning: {data['contradictory']} samples have the content of others of another class")
    needed = [parity["needed_samples"] for parity in compared if parity["verdict"] == "inconclusive"]
    if any(needed):
        notes.append(f"inconclusive: about {max(filter(None, needed))} held-out samples in all would decide")
    elif needed:
        notes.append("inconclusive: no number of held-out samples would decide at these rates")
    lines(
        [
            *wrapped(notes),
            *_joined(f"{document['name']}: {data['held_out']} held-out samples", _columns(document["parity"])),
            *_limit(document["parity"]),
            f"latency on {document['measured_on']}",
            f"report: {out / document['report']}",
        ]
    )


def _joined(*texts: str) -> list[str]:
    """Return texts as one line if that fits, else as a line each."""
    line = "; ".join(texts)
    return [line] if len(line) <= 80 else list(texts)


def _columns(rule: Mapping[str, Any]) -> str:
    """Say what the columns score and agree hold."""
    if rule["metric"] is None:
        return "nothing was judged"
    if rule["metric"] == "nmae":
        return "score: mean error in % of the targets' spread, drop: what it grows by, agree in %"
    if rule["threshold"] is None:
        return "score, drop and agreement in %"
    if rule["metric"] == "neighbours":
        return "agree: same nearest neighbour, in %"
    unit = " dB" if rule["metric"] in DECIBELS else ""
    return f"score: median {metric(rule['metric'])}{unit}; agree: samples from {rule['threshold']:g}{unit} on, in %"


def _limit(rule: Mapping[str, Any]) -> list[str]:
    if rule["metric"] is None:
        return []
    limit = f"at most {100 * rule['max_drop']:g}% of samples may not agree"
    if rule["metric"] in SCORED_METRICS:
        limit = f"limit of the drop: {100 * rule['max_drop']:g}"
    return [f"{limit}, intervals at {rule['confidence']:.0%} confidence"]


def _notable(entry: Mapping[str, Any]) -> bool:
    return entry["error"] is not None or entry["parity"]["task"] is None


def _run_row(entry: Mapping[str, Any], *, drops: bool) -> list[str]:
    parity = entry["parity"]
    task = parity and parity["task"]
    verdict = "not built" if parity is None else MARKS[parity["verdict"]]
    latency = entry["latency"]
    return [
        entry["variant"],
        size(entry["bytes"]),
        score(task),
        *([NOT_MEASURED if not task or task["drop"] is None else _drop(task)] if drops else []),
        percent(task and task["agreement"]),
        NOT_MEASURED if latency is None else f"{latency['p50']:.3g}",
        verdict,
    ]


def _drop(task: Mapping[str, Any]) -> str:
    low, high = task["drop_interval"]
    return f"{100 * task['drop']:+.1f} [{100 * low:+.1f}, {100 * high:+.1f}]"


def conversions(entries: Iterable[Mapping[str, Any]]) -> None:
    """Print what became of each variant."""
    table(
        ("variant", "size", "result"),
        ([e["variant"], size(e["bytes"]), e["path"] or f"failed: {e['error']}"] for e in entries),
        left=1,
    )


def inspection(value: Mapping[str, Any]) -> None:
    """Print a module."""
    lines([f"{value['handle']}: {value['format']}, {size(value['bytes'])}", f"digest: {value['digest']}"])
    for key, signature in value["signatures"].items():
        lines([f"signature {key}"])
        for direction in ("inputs", "outputs"):
            lines(
                f"  {direction[:-1]:<6} {name}: {spec['dtype']} {_shape(spec['shape'])}"
                for name, spec in signature[direction].items()
            )
    ops = sorted(value["ops"].items(), key=lambda item: -item[1])
    lines([f"ops: {len(ops)} kinds; most are " + ", ".join(f"{name} x{count}" for name, count in ops[:6])])
    risks = value["risks"]
    lines(f"risk: {risk['op']} {risk['risk']} ({risk['where']})" for risk in risks)
    lines([] if risks else ["risks: no op reaches outside the graph"])
    if "feeding" in value:
        _feeding(value["feeding"])


def _feeding(found: Sequence[Mapping[str, Any]]) -> None:
    """Print how well a model does with each way of feeding it."""
    table(
        ("fed with", "right", "interval", "behind the best", ""),
        [
            [
                each["feeding"],
                percent(each["accuracy"]),
                _interval(each["interval"]),
                "" if each["behind"] is None else _interval(each["behind"]),
                "fits" if each["fits"] else "",
            ]
            for each in found
        ],
    )
    fitting = [each for each in found if each["fits"]]
    said = ", ".join(f"{key} = {json.dumps(value)}" for key, value in fitting[0]["recipe"].items())
    if len(fitting) == 1:
        lines(wrapped([f"it wants {fitting[0]['feeding']}: {said} under [inputs.NAME] of a recipe"]))
    else:
        names = "; ".join(each["feeding"] for each in fitting)
        lines(wrapped([f"these samples do not tell apart: {names}. More of them would; the best is {said}"]))


def _interval(ends: Sequence[float]) -> str:
    return f"[{100 * ends[0]:.1f}, {100 * ends[1]:.1f}]"


def _shape(shape: list[int | None] | None) -> str:
    return "of any rank" if shape is None else "[" + ", ".join("?" if s is None else str(s) for s in shape) + "]"
