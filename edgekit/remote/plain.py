"""What others say, as it is shown."""

from __future__ import annotations

LONGEST = 200
"""Characters of a line that are shown."""


def plain(text: str) -> str:
    """Return what a device said as one short line of printable characters."""
    return "".join(character if character.isprintable() else " " for character in text).strip()[:LONGEST]
