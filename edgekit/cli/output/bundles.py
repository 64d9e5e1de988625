"""Bundles and predictions, as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edgekit.cli.output.text import MARKS, lines, wrapped
from edgekit.system.printable import size

SHOWN = 8
"""Numbers of an output without labels that are printed."""


def bundle(value: Mapping[str, Any]) -> None:
    """Print where a bundle is, and how it is run."""
    lines(
        [
            f"bundle: {value['bundle']}, {size(value['bytes'])}",
            f"digest: {value['digest']}",
            f"parity: {MARKS[value['parity']] if value['parity'] else 'not measured'}",
            *([f"signed: {value['signature']}"] if value["signature"] else []),
            f"on the device: python3 {value['bundle']} --verify",
        ]
    )


def verification(name: str, value: Mapping[str, Any]) -> None:
    """Print whether a bundle is as it was made, and what is wrong if it is not."""
    where = f" on {value['device']}, {value['runtime']}" if value["runtime"] else ""
    lines(wrapped([f"{name}{where}: {'good' if value['ok'] else 'BAD'}"]))
    for output, told in (value["golden"] or {}).items():
        lines([f"  {output}: {told['error']:.3g} from the original on its golden samples, limit {told['limit']:.3g}"])
    if value["signature"]:
        how = "; give --key to check it" if value["signature"] == "not checked" else ""
        lines([f"  signature: {value['signature']}{how}"])
    lines(wrapped(f"  {problem}" for problem in value["problems"]))


def reproduction(value: Mapping[str, Any]) -> None:
    """Print whether the same came out, and what differs."""
    lines([f"made again: {value['bundle']}", "the same bytes" if value["same"] else "it differs:"])
    lines(wrapped(f"  {difference}" for difference in value["differences"]))


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
