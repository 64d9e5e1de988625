"""Parity and latency, on one device or several, as people read them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from edgekit.cli.output.text import lines, table, wrapped
from edgekit.documents.bench import BenchReport
from edgekit.documents.delegation import Delegation
from edgekit.documents.parity import ComparisonsReport, OutputErrors, ParityReport, TaskScores
from edgekit.report.verdict_table import MARKS, notation, score, unit_suffix
from edgekit.system.printable import NOT_MEASURED, size


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A device that gave nothing.

    Attributes:
        device: Its address.
        error: Why.
    """

    device: str
    error: str


def parity(report: ParityReport) -> None:
    """Print a parity report."""
    heading = f"{report.variant} on {report.runtime}, {report.device}: {MARKS[report.verdict]}"
    lines(wrapped([heading, report.message, *_delegation(report.delegate, report.delegation)]))
    rows = [_errors_row(name, errors) for name, errors in report.outputs.items()]
    table(("output", "max error", "mean error", "RMSE", "SQNR dB", "worst cosine"), rows)
    if report.task is not None:
        original = "older release" if report.against else "original"
        lines(_scores(report.task, original))
        lines(wrapped(_details(report.task)))
    lines(wrapped(f"warning: {warning}" for warning in report.warnings))


def _errors_row(name: str, errors: OutputErrors) -> list[str]:
    numbers = (errors.max_abs, errors.mean_abs, errors.rmse, errors.sqnr_db, errors.cosine_min)
    return [name, *(NOT_MEASURED if number is None else f"{number:.3g}" for number in numbers)]


def _scores(task: TaskScores, original: str) -> Iterator[str]:
    """Return what original and artifact score, and how often they agree."""
    metric, suffix = notation(task.metric).name, unit_suffix(task.metric)
    if task.drop is not None:
        reference, candidate = _number(task.reference), _number(task.candidate)
        yield f"{metric}: {original} {reference}, artifact {candidate}"
    if task.threshold is not None:
        median = f"{metric} of {task.output}: median {score(task)}{suffix}"
        yield f"{median}; a sample agrees from {task.threshold:g}{suffix} on"
    low, high = task.agreement_interval
    yield f"agreement: {task.agreement:.3f} [{low:.3f}, {high:.3f}]"


def _details(task: TaskScores) -> Iterator[str]:
    """Return what parts of the samples and the scores show."""
    if task.right_to_wrong is not None:
        yield f"answers: {task.right_to_wrong} from right to wrong, {task.wrong_to_right} from wrong to right"
    if task.slices:
        worst = task.slices[0]
        low, high = worst.drop_interval
        confidence = f"{100 * task.slice_confidence:.2f}%" if task.slice_confidence else "an unknown confidence"
        yield (
            f"worst of {len(task.slices)} slices: {worst.by} {worst.value}, drop {worst.drop:+.3f}, "
            f"interval [{low:+.3f}, {high:+.3f}] at {confidence}, {worst.samples} samples"
        )
    if task.f1_micro and task.f1_macro:
        micro, macro = task.f1_micro, task.f1_macro
        yield f"F1: {micro.reference:.3f} before, {micro.candidate:.3f} after"
        yield f"mean of each label's F1: {macro.reference:.3f} before, {macro.candidate:.3f} after"
    if task.calibration_error:
        errors = task.calibration_error
        yield f"calibration error of the scores: {errors.reference:.3f} before, {errors.candidate:.3f} after"


def _number(value: float | None) -> str:
    return NOT_MEASURED if value is None else f"{value:.3f}"


def _delegation(delegate: str | None, delegation: Delegation | None) -> list[str]:
    """Return what a delegate ran, and how that is known."""
    if delegation is None:
        return []
    pieces = "" if delegation.partitions is None else f" in {delegation.partitions} partition(s)"
    return [f"{delegate} ran {delegation.nodes} of {delegation.total} operators{pieces}: {delegation.proof}"]


def parities(outcomes: Sequence[ParityReport | Failure]) -> None:
    """Print the parity reports of several devices, a line each."""
    rows = []
    for outcome in outcomes:
        if isinstance(outcome, Failure):
            rows.append([outcome.device, "?", "", "", outcome.error])
            continue
        agreement = "" if outcome.task is None else f"{100 * outcome.task.agreement:.1f}"
        rows.append([outcome.device, MARKS[outcome.verdict], _ran(outcome), agreement, outcome.message])
    table(("device", "verdict", "ran by", "agree %", "why"), rows, left=3)
    lines(wrapped(_warnings(outcomes)))


def comparisons(report: ComparisonsReport) -> None:
    """Print what several artifacts gave beside the same original, a line each."""
    paths = [entry.artifact for entry in report.comparisons] + [failure.artifact for failure in report.failures]
    names = _short_names(paths)
    rows, remarks = [], []
    for entry in report.comparisons:
        agreement = "" if entry.task is None else f"{100 * entry.task.agreement:.1f}"
        noise = [errors.sqnr_db for errors in entry.outputs.values() if errors.sqnr_db is not None]
        worst = f"{min(noise):.1f}" if noise else NOT_MEASURED
        rows.append([names[entry.artifact], MARKS[entry.verdict], _ran(entry), worst, agreement])
        remarks.append(f"{names[entry.artifact]}: {entry.message}")
        remarks += [f"{names[entry.artifact]}: warning: {warning}" for warning in entry.warnings]
    for failure in report.failures:
        rows.append([names[failure.artifact], "?", failure.device, "", ""])
        remarks.append(f"{names[failure.artifact]}: {failure.error}")
    table(("artifact", "verdict", "ran by", "SQNR dB", "agree %"), rows, left=3)
    lines(wrapped(remarks))


def _short_names(paths: Sequence[str]) -> dict[str, str]:
    """Return paths without the folders that all of them are in."""
    absolute = {path: Path(path).absolute() for path in paths}
    common = os.path.commonpath([path.parent for path in absolute.values()])
    return {path: str(place.relative_to(common)) for path, place in absolute.items()}


def _warnings(outcomes: Iterable[ParityReport | Failure]) -> Iterator[str]:
    for outcome in outcomes:
        if isinstance(outcome, ParityReport):
            for warning in outcome.warnings:
                yield f"{outcome.device}: warning: {warning}"


def latency(report: BenchReport) -> None:
    """Print a latency measurement."""
    device = "" if report.device == "host" else f", {report.device}"
    heading = f"{report.variant} on {report.runtime}, {report.threads} thread(s), {report.runs} runs{device}"
    times = report.latency_ms
    named = {"min": times.min, "p50": times.p50, "p90": times.p90, "p99": times.p99, "mean": times.mean}
    fallback = [f"warning: the CPU ran it: {report.fallback}"] if report.fallback else []
    lines(
        [
            *wrapped([heading]),
            "  ".join(f"{name} {time:.3g}" for name, time in named.items()) + "  ms",
            f"load {report.load_ms:.1f} ms, first run {report.first_ms:.1f} ms, "
            f"peak memory {size(report.peak_rss_bytes)}",
            *wrapped(_delegation(report.delegate, report.delegation)),
            *wrapped(fallback),
            *_heat(report),
            *wrapped([f"measured on {report.measured_on}; other machines differ"]),
        ]
    )


def _heat(report: BenchReport) -> list[str]:
    """Return what the runs did to the device, as far as it tells."""
    before, after = report.before, report.after
    facts = []
    for unit, first, last in (
        ("degrees Celsius", before.celsius, after.celsius),
        ("MHz", before.mhz, after.mhz),
    ):
        if first is not None and last is not None:
            facts.append(f"{first:.0f} {unit} before, {last:.0f} after")
    if after.throttled:
        facts.append("the device holds its clock down: cool it, or give it more power")
    return ["; ".join(facts)] if facts else []


def latencies(outcomes: Sequence[BenchReport | Failure]) -> None:
    """Print the latencies on several devices, a line each."""
    rows, warnings = [], []
    for outcome in outcomes:
        if isinstance(outcome, Failure):
            rows.append([outcome.device, "", "", "", "", outcome.error])
            continue
        times = outcome.latency_ms
        percentiles = [f"{time:.3g}" for time in (times.p50, times.p90, times.p99)]
        rows.append([outcome.device, _ran(outcome), *percentiles, outcome.measured_on])
        if outcome.fallback:
            warnings.append(f"{outcome.device}: warning: the CPU ran it: {outcome.fallback}")
    table(("device", "ran by", "p50 ms", "p90 ms", "p99 ms", "measured on"), rows, left=2)
    lines(wrapped(warnings))


def _ran(report: ParityReport | BenchReport) -> str:
    """Return the runtime, and what the delegate ran of the model."""
    runtime, delegation = str(report.runtime), report.delegation
    if delegation is None:
        return runtime
    return f"{runtime}, {report.delegate} {delegation.nodes}/{delegation.total}"
