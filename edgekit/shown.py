"""What the commands print for people: tables that fit 80 columns, on stdout."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

MARKS = {"pass": "pass", "fail": "FAIL", "inconclusive": "inconclusive"}
NOT_MEASURED = "-"
DECIBELS = ("psnr", "sqnr")
"""Metrics in dB."""


def lines(texts: Iterable[str]) -> None:
    """Print lines."""
    sys.stdout.write("".join(f"{text}\n" for text in texts))


def wrapped(texts: Iterable[str]) -> Iterator[str]:
    """Return sentences as lines of at most 80 columns; paths and names are not broken."""
    for text in texts:
        yield from textwrap.wrap(text, 80, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


def table(columns: Iterable[str], rows: Iterable[Iterable[str]], *, left: int = 1) -> None:
    """Print a table; columns after the first ``left`` are aligned to the right."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    made = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=0)
    for index, name in enumerate(columns):
        made.add_column(name, justify="left" if index < left else "right", overflow="fold")
    for row in rows:
        made.add_row(*(text.replace("[", "\\[") for text in row))
    console = Console(width=None if sys.stdout.isatty() else 80, highlight=False)
    console.print(made)


def size(count: int | None) -> str:
    """Return a number of bytes as people read it, in powers of 1000."""
    if count is None:
        return NOT_MEASURED
    for unit, scale in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= scale:
            return f"{count / scale:.2f} {unit}" if scale > 1e3 else f"{count / scale:.0f} {unit}"
    return f"{count} B"


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
    if rule["threshold"] is None:
        return "score, drop and agreement in %"
    if rule["metric"] == "neighbours":
        return "agree: same nearest neighbour, in %"
    unit = " dB" if rule["metric"] in DECIBELS else ""
    return f"score: median {_metric(rule['metric'])}{unit}; agree: samples from {rule['threshold']:g}{unit} on, in %"


def _metric(name: str) -> str:
    """Return a metric as people write it."""
    return name if name in ("cosine", "neighbours") else name.upper()


def _limit(rule: Mapping[str, Any]) -> list[str]:
    if rule["metric"] is None:
        return []
    limit = f"at most {100 * rule['max_drop']:g}% of samples may not agree"
    if rule["metric"] == "accuracy":
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
        _score(task),
        *([NOT_MEASURED if not task or task["drop"] is None else _drop(task)] if drops else []),
        _percent(task and task["agreement"]),
        NOT_MEASURED if latency is None else f"{latency['p50']:.3g}",
        verdict,
    ]


def _percent(value: float | None) -> str:
    return NOT_MEASURED if value is None else f"{100 * value:.1f}"


def _score(task: Mapping[str, Any] | None) -> str:
    """Return an accuracy in percent, or the median similarity as it is."""
    if task is None or task["threshold"] is None:
        return _percent(None if task is None else task["candidate"])
    if task["metric"] == "neighbours":
        return NOT_MEASURED
    if task["candidate"] is None:
        return "exact"
    return f"{task['candidate']:.{1 if task['metric'] in DECIBELS else 4}f}"


def _drop(task: Mapping[str, Any]) -> str:
    low, high = task["drop_interval"]
    return f"{100 * task['drop']:+.1f} [{100 * low:+.1f}, {100 * high:+.1f}]"


def _interval(value: list[float]) -> str:
    return f"[{value[0]:+.3f}, {value[1]:+.3f}]"


def conversions(entries: Iterable[Mapping[str, Any]]) -> None:
    """Print what became of each variant."""
    table(
        ("variant", "size", "result"),
        ([e["variant"], size(e["bytes"]), e["path"] or f"failed: {e['error']}"] for e in entries),
        left=1,
    )


def parity(value: Mapping[str, Any]) -> None:
    """Print a parity report."""
    lines([f"{value['variant']} on {value['runtime']}, {value['device']}: {MARKS[value['verdict']]}", value["message"]])
    lines(wrapped(_delegation(value)))
    rows = [
        [name, *(_number(error[key]) for key in ("max_abs", "mean_abs", "rmse", "sqnr_db", "cosine_min"))]
        for name, error in value["outputs"].items()
    ]
    table(("output", "max error", "mean error", "RMSE", "SQNR dB", "worst cosine"), rows)
    task = value["task"]
    if task is not None:
        if task["drop"] is not None:
            lines([f"accuracy: original {task['reference']:.3f}, artifact {task['candidate']:.3f}"])
        if task["threshold"] is not None:
            unit = " dB" if task["metric"] in DECIBELS else ""
            found = f"{_metric(task['metric'])} of {task['output']}: median {_score(task)}{unit}"
            lines([f"{found}; a sample agrees from {task['threshold']:g}{unit} on"])
        lines([f"agreement: {task['agreement']:.3f} {_interval(task['agreement_interval'])}"])
    lines(wrapped(f"warning: {warning}" for warning in value["warnings"]))


def _number(value: float | None) -> str:
    return NOT_MEASURED if value is None else f"{value:.3g}"


def _delegation(value: Mapping[str, Any]) -> list[str]:
    """Return what a delegate ran, and how that is known."""
    found = value["delegation"]
    if found is None:
        return []
    pieces = "" if found["partitions"] is None else f" in {found['partitions']} partition(s)"
    return [f"{value['delegate']} ran {found['nodes']} of {found['total']} operators{pieces}: {found['proof']}"]


def parities(values: Sequence[Mapping[str, Any]]) -> None:
    """Print the parity reports of several devices, a line each."""
    rows = []
    for value in values:
        if "error" in value:
            rows.append([value["device"], "?", "", "", value["error"]])
            continue
        agreement = "" if value["task"] is None else f"{100 * value['task']['agreement']:.1f}"
        rows.append([value["device"], MARKS[value["verdict"]], value["runtime"], agreement, value["message"]])
    table(("device", "verdict", "runtime", "agree", "why"), rows, left=2)
    warnings = [f"{value['device']}: warning: {text}" for value in values for text in value.get("warnings", [])]
    lines(wrapped(warnings))


def latency(value: Mapping[str, Any]) -> None:
    """Print a latency measurement."""
    ms = value["latency_ms"]
    lines(
        [
            f"{value['variant']} on {value['runtime']}, {value['threads']} thread(s), {value['runs']} runs"
            f"{'' if value['device'] == 'host' else ', ' + value['device']}",
            "  ".join(f"{name} {found:.2f}" for name, found in ms.items() if found is not None) + "  ms",
            f"load {value['load_ms']:.1f} ms, first run {value['first_ms']:.1f} ms, "
            f"peak memory {size(value['peak_rss_bytes'])}",
            *wrapped(_delegation(value)),
            *wrapped([f"warning: the CPU ran it: {value['fallback']}"] if value["fallback"] else []),
            *_heat(value),
            f"measured on {value['measured_on']}; other machines differ",
        ]
    )


def _heat(value: Mapping[str, Any]) -> list[str]:
    """Return what the runs did to the device, as far as it tells."""
    before, after = value["before"], value["after"]
    shown = [
        f"{before[name]:.0f} {unit} before, {after[name]:.0f} after"
        for name, unit in (("celsius", "degrees Celsius"), ("mhz", "MHz"))
        if before[name] is not None and after[name] is not None
    ]
    slow = ["the device holds its clock down: cool it, or give it more power"] if after["throttled"] else []
    return ["; ".join([*shown, *slow])] if shown or slow else []


def latencies(values: Sequence[Mapping[str, Any]]) -> None:
    """Print the latencies on several devices, a line each."""
    rows = []
    for value in values:
        if "error" in value:
            rows.append([value["device"], "", "", "", "", value["error"]])
            continue
        ms = value["latency_ms"]
        shown = ["" if ms[name] is None else f"{ms[name]:.2f}" for name in ("p50", "p90", "p99")]
        rows.append([value["device"], value["runtime"], *shown, value["measured_on"]])
    table(("device", "runtime", "p50", "p90", "p99 ms", "measured on"), rows, left=2)


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


def _shape(shape: list[int | None] | None) -> str:
    return "of any rank" if shape is None else "[" + ", ".join("?" if s is None else str(s) for s in shape) + "]"


def devices(profiles: Mapping[str, Mapping[str, Any]]) -> None:
    """Print device profiles."""
    table(
        ("device", "what it is", "cores", "memory", "delegates"),
        (
            [
                name,
                str(p["title"]),
                str(p.get("cores", "")),
                "/".join(f"{gb:g}" for gb in p["memory_gb"]) + " GB" if "memory_gb" in p else "",
                ", ".join(p["delegates"]),
            ]
            for name, p in profiles.items()
        ),
        left=2,
    )


def doctor(value: Mapping[str, Any]) -> None:
    """Print what this machine can do."""
    python = f"Python {value['python']}, " if value["python"] else ""
    what = f"edgekit {value['edgekit']}" if "edgekit" in value else value["device"]
    lines(wrapped([f"{what}: {python}{value['machine']}"]))
    table(
        ("part", "installed", "to get it"),
        (
            [part["name"], str(part["version"] or "no"), "" if part["version"] else part["install"]]
            for part in value["parts"]
        ),
        left=3,
    )


def plan(value: Mapping[str, Any]) -> None:
    """Print which operators a delegate takes, and the others by their reasons."""
    basis = {"rules": "a prediction by rules", "compiled": "as compiled", "measured": "as measured"}[value["basis"]]
    parts = f"{value['partitions']} partition{'' if value['partitions'] == 1 else 's'}"
    lines(
        [f"{value['variant']}: {value['delegate']} takes {value['delegated']} of {value['total']} operators, {parts}"]
    )
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for op in value["ops"]:
        if not op["delegated"]:
            groups.setdefault((op["op"], op["fix"] or op["reason"]), []).append(op)
    if groups:
        rows = [
            [kind, str(len(found)), str(found[0]["index"]), found[0]["reason"], found[0]["fix"] or ""]
            for (kind, _), found in groups.items()
        ]
        table(("on the CPU", "count", "first", "why the first", "what would help"), rows, left=5)
    lines(wrapped([f"{basis} ({value['source']})"]))
    lines([f"shown in: {value['report']}"] if value["report"] else [])


def diagnosis(value: dict[str, Any]) -> None:
    """Print where the error of an artifact enters."""
    lines(wrapped([f"{value['variant']}, {value['samples']} samples: {value['message']}"]))
    table(("stage", "SQNR"), [[each["stage"], _db(each["sqnr_db"])] for each in value["stages"]])
    rows = value["culprits"] or value["operators"][:5]
    table(
        ("#", "culprit" if value["culprits"] else "worst alone", "op", "alone", "piled up", "range", "outside"),
        [
            [
                str(each["index"]),
                "/".join(each["name"].partition(";")[0].split("/")[-2:]),
                each["op"],
                _db(each["alone_db"]) if each["compared"] else "?",
                _db(each["accumulated_db"]) if each["compared"] else "?",
                "" if each["used"] is None else f"{each['used']:.0%}",
                "" if each["saturated"] is None else f"{each['saturated']:.1%}",
            ]
            for each in rows
        ],
        left=3,
    )
    lines([f"measured at {value['measured_at'].partition(';')[0]}; {value['evaluations']} models run"])
    titles = {"reproducer": "reproducer", "drift": "drawing", "overlay": "for Model Explorer", "report": "shown in"}
    lines(f"{title}: {value[key]}" for key, title in titles.items() if value[key])


def search(value: dict[str, Any], out: Path) -> None:
    """Print the front of a search, its choice, and why."""
    by_name = {each["name"]: each for each in value["candidates"]}
    names = dict.fromkeys([*value["front"], *filter(None, [value["choice"], value["nearest_miss"]])])
    rows = []
    for name in names:
        found = by_name[name]["evidence"]
        rows.append(
            [
                name,
                size(found["size"]),
                _db(found["sqnr_db"]),
                "" if found["agreement"] is None else f"{100 * found['agreement']:.1f}",
                "" if found["latency_ms"] is None else f"{found['latency_ms']:.2f}",
                by_name[name]["reason"],
            ]
        )
    table(("front", "size", "SQNR", "agree", "p50 ms", "why"), rows)
    counts = value["samples"]
    lines(
        [
            f"{len(value['candidates'])} candidates, {value['built']} built and asked; {counts['choosing']} held-out "
            f"samples chose, {counts['certifying']} others certify"
        ]
    )
    if value["choice"] is None:
        miss = by_name[value["nearest_miss"]]
        factors = {n: "" if f is None else f" ({f:.3g} times the limit)" for n, f in miss["breaks"].items()}
        broken = " and ".join(f"{name}{factor}" for name, factor in factors.items())
        text = f"nothing meets the limits; {miss['name']} comes nearest, and breaks that of {broken}"
        lines([*wrapped([text]), f"all candidates: {out / 'search.json'}"])
        return
    certificate = value["certificate"]
    lines(
        [
            f"choice: {value['choice']} in {out / value['path']}",
            *wrapped([f"on held-out samples: {MARKS[certificate['verdict']]}, {certificate['message']}"]),
            f"all candidates: {out / 'search.json'}",
        ]
    )


def _db(value: float | None) -> str:
    return "exact" if value is None else f"{value:.1f} dB"
