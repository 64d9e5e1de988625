"""Predictions, as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edgekit.cli.output.text import lines, wrapped

SHOWN = 8
"""Numbers of an output without labels that are printed."""


def prediction(value: Mapping[str, Any]) -> None:
    """Print an input and the labels that it got, the best first."""
    lines([value["input"]])
    if "error" in value:
        lines(wrapped([f"  {value['error']}"]))
    elif "top" in value:
        width = max(len(each["label"]) for each in value["top"])
        marks = {True: "  applies", False: "", None: ""}
        lines(f"  {e['label']:<{width}}  {e['score']:.4f}{marks[e.get('applies')]}" for e in value["top"])
    else:
        lines(wrapped(f"  {name}: {_numbers(values)}" for name, values in value["outputs"].items()))


def _numbers(values: Any) -> str:
    """Return the first numbers of an output, rounded; all of them are in the JSON."""
    flat = values if isinstance(values, list) else [values]
    while any(isinstance(each, list) for each in flat):
        flat = [number for each in flat for number in (each if isinstance(each, list) else [each])]
    rest = f" ... ({len(flat)} in all, by --json)" if len(flat) > SHOWN else ""
    return " ".join(f"{each:.5g}" for each in flat[:SHOWN]) + rest
