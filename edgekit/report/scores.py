"""Scores as they stand in tables and sentences, by the notation of their metric."""

from __future__ import annotations

from edgekit.adapters.metric import Notation, Unit, load_metric
from edgekit.documents.parity import TaskScores
from edgekit.documents.run import ParityRule
from edgekit.system.printable import NOT_MEASURED, percent


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
