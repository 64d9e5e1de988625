"""Diagnoses and searches, as people read them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from edgekit.cli.output.text import MARKS, lines, table, wrapped
from edgekit.system.printable import size


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
