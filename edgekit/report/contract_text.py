"""How a report says a contract: what a model takes and gives."""

from __future__ import annotations

from typing import Any

from edgekit.report.numbers import TIMES

NONE_GIVEN = "not given"


def shape(value: list[int | None] | None) -> str:
    """Return a shape, as in ``any x 224 x 224 x 3``, with signs for the letters."""
    if value is None:
        return NONE_GIVEN
    return f" {TIMES} ".join("any" if length is None else str(length) for length in value) or "scalar"


def said(value: Any, key: str) -> str:
    """Return what the contract says under ``key`` in plain words."""
    if value is None:
        return NONE_GIVEN
    if key == "shape" or key == "size":
        return shape(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if key == "range":
        return " to ".join(f"{end:g}" for end in value)
    if isinstance(value, dict):
        return ", ".join(f"{name} {said(item, name)}" for name, item in value.items())
    return ", ".join(str(item) for item in value) if isinstance(value, list) else str(value)
