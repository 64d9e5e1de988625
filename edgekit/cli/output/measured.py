"""Parity and latency, on one device or several, as people read them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from edgekit.cli.output.text import DECIBELS, MARKS, lines, metric, score, table, wrapped
from edgekit.system.printable import NOT_MEASURED, size


def _interval(value: list[float]) -> str:
    return f"[{value[0]:.3f}, {value[1]:.3f}]"


def parity(value: Mapping[str, Any]) -> None:
    """Print a parity report."""
    verdict = MARKS[value["verdict"]]
    told = [f"{value['variant']} on {value['runtime']}, {value['device']}: {verdict}", value["message"]]
    lines(wrapped([*told, *_delegation(value)]))
    rows = [
        [name, *(_number(error[key]) for key in ("max_abs", "mean_abs", "rmse", "sqnr_db", "cosine_min"))]
        for name, error in value["outputs"].items()
    ]
    table(("output", "max error", "mean error", "RMSE", "SQNR dB", "worst cosine"), rows)
    task = value["task"]
    if task is not None:
        if task["drop"] is not None:
            against = "older release" if value.get("against") else "original"
            lines([f"{metric(task['metric'])}: {against} {task['reference']:.3f}, artifact {task['candidate']:.3f}"])
        if task["threshold"] is not None:
            unit = " dB" if task["metric"] in DECIBELS else ""
            found = f"{metric(task['metric'])} of {task['output']}: median {score(task)}{unit}"
            lines([f"{found}; a sample agrees from {task['threshold']:g}{unit} on"])
        lines([f"agreement: {task['agreement']:.3f} {_interval(task['agreement_interval'])}"])
        lines(wrapped(_closer(task)))
    lines(wrapped(f"warning: {warning}" for warning in value["warnings"]))


def _closer(task: Mapping[str, Any]) -> Iterator[str]:
    """Return what parts of the samples and the scores show."""
    if task["right_to_wrong"] is not None:
        yield f"answers: {task['right_to_wrong']} from right to wrong, {task['wrong_to_right']} from wrong to right"
    for worst in task.get("slices", [])[:1]:
        low, high = worst["drop_interval"]
        yield (
            f"worst of {len(task['slices'])} slices: {worst['by']} {worst['value']}, drop {worst['drop']:+.3f}, "
            f"interval [{low:+.3f}, {high:+.3f}] at {100 * task['slice_confidence']:.2f}%, {worst['samples']} samples"
        )
    if "f1_micro" in task:
        whole, mean = task["f1_micro"], task["f1_macro"]
        yield f"F1: {whole['reference']:.3f} before, {whole['candidate']:.3f} after"
        yield f"mean of each label's F1: {mean['reference']:.3f} before, {mean['candidate']:.3f} after"
    errors = task.get("calibration_error")
    if errors is not None:
        yield f"calibration error of the scores: {errors['reference']:.3f} before, {errors['candidate']:.3f} after"


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
        rows.append([value["device"], MARKS[value["verdict"]], _ran(value), agreement, value["message"]])
    table(("device", "verdict", "ran by", "agree %", "why"), rows, left=3)
    warnings = [f"{value['device']}: warning: {text}" for value in values for text in value.get("warnings", [])]
    lines(wrapped(warnings))


def latency(value: Mapping[str, Any]) -> None:
    """Print a latency measurement."""
    ms = value["latency_ms"]
    lines(
        [
            *wrapped(
                [
                    f"{value['variant']} on {value['runtime']}, {value['threads']} thread(s), {value['runs']} runs"
                    f"{'' if value['device'] == 'host' else ', ' + value['device']}"
                ]
            ),
            "  ".join(f"{name} {found:.3g}" for name, found in ms.items()) + "  ms",
            f"load {value['load_ms']:.1f} ms, first run {value['first_ms']:.1f} ms, "
            f"peak memory {size(value['peak_rss_bytes'])}",
            *wrapped(_delegation(value)),
            *wrapped([f"warning: the CPU ran it: {value['fallback']}"] if value["fallback"] else []),
            *_heat(value),
            *wrapped([f"measured on {value['measured_on']}; other machines differ"]),
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
        shown = [f"{ms[name]:.3g}" for name in ("p50", "p90", "p99")]
        rows.append([value["device"], _ran(value), *shown, value["measured_on"]])
    table(("device", "ran by", "p50 ms", "p90 ms", "p99 ms", "measured on"), rows, left=2)
    slower = [f"{v['device']}: warning: the CPU ran it: {v['fallback']}" for v in values if v.get("fallback")]
    lines(wrapped(slower))


def _ran(value: Mapping[str, Any]) -> str:
    """Return the runtime, and what the delegate ran of the model."""
    found = value["delegation"]
    return str(value["runtime"]) + (f", {value['delegate']} {found['nodes']}/{found['total']}" if found else "")


FOUND = {
    "verdict": "fails", "digest": "refused", "refused": "refused", "errors": "errors", "limit": "right", None: "-",
}  # fmt: skip
"""What is printed of a fault, by what it was noticed by."""


def self_test(value: Mapping[str, Any]) -> None:
    """Print what each fault was noticed by, and what there was to see of it."""
    for each in value["findings"]:
        mark = "MISSED" if each["caught"] is False else FOUND[each["by"]]
        lines(wrapped([f"{mark:<8}{each['fault']}", f"        {each['evidence']}"]))
    tried = [each for each in value["findings"] if each["caught"] is not None]
    faults = [each for each in tried if each["by"] != "limit"]
    alone = sum(each["by"] == "errors" for each in faults)
    limits = [each["caught"] for each in tried if each["by"] == "limit"]
    caught = sum(each["caught"] for each in faults)
    lines(
        wrapped(
            [
                f"{value['variant']}, {value['samples']} samples: {caught} of {len(faults)} faults caught, {alone} of "
                f"them by larger errors alone, which no verdict shows; {sum(limits)} of {len(limits)} drops near the "
                f"limit judged rightly; of {value['faithful']} faithful artifacts {value['alarms']} taken for faulty "
                f"({value['allowed']} may be)"
            ]
        )
    )
