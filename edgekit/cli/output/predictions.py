"""Predictions, as people read them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from edgekit.cli.output.text import lines, wrapped
from edgekit.system.files import JsonObject

SHOWN = 8
"""Numbers of an output without labels that are printed."""


def prediction(answer: JsonObject) -> None:
    """Print an input and the labels that it got, the best first."""
    lines([answer["input"]])
    if "error" in answer:
        lines(wrapped([f"  {answer['error']}"]))
    elif "top" in answer:
        width = max(len(entry["label"]) for entry in answer["top"])
        lines(_label(entry, width) for entry in answer["top"])
    else:
        lines(wrapped(f"  {name}: {_numbers(values)}" for name, values in answer["outputs"].items()))


def _label(entry: JsonObject, width: int) -> str:
    applies = "  applies" if entry.get("applies") else ""
    return f"  {entry['label']:<{width}}  {entry['score']:.4f}{applies}"


def _numbers(values: Any) -> str:
    """Return the first numbers of an output, rounded; all of them are in the JSON."""
    flat = list(_flattened(values))
    rest = f" ... ({len(flat)} in all, by --json)" if len(flat) > SHOWN else ""
    return " ".join(f"{number:.5g}" for number in flat[:SHOWN]) + rest


def _flattened(values: Any) -> Iterator[float]:
    """Yield the numbers of nested lists."""
    if not isinstance(values, list):
        yield values
        return
    for value in values:
        yield from _flattened(value)
