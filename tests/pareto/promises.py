"""What must hold of every search, whatever candidate rounding on this processor lets it choose."""

from __future__ import annotations

from typing import Any


def check_choice(document: dict[str, Any]) -> None:
    """Check that the choice keeps the limits and that no measured candidate that keeps them is smaller.

    Args:
        document: What ``search`` returns, or search.json holds.
    """
    candidates = {entry["name"]: entry for entry in document["candidates"]}
    choice = candidates[document["choice"]]
    assert choice["front"], f"{choice['name']} is beaten in everything"
    assert choice["breaks"] == {}
    assert choice["evidence"]["agreement"] >= 1 - document["limits"]["max_drop"]
    smaller = [entry["name"] for entry in within_limits(document) if size(entry) < size(choice)]
    assert not smaller, f"{smaller} keep the limits too, and are smaller than {choice['name']}"


def within_limits(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the candidates that were left in the end and break no limit."""
    return [entry for entry in document["candidates"] if entry["path"] is not None and not entry["breaks"]]


def size(entry: dict[str, Any]) -> int:
    """Return the bytes that a search counts of a measured candidate."""
    size_bytes: int = entry["evidence"]["size"]
    return size_bytes
