"""What others say, as it is shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

LONGEST = 200
"""Characters of a line that are shown."""


def plain(text: str) -> str:
    """Return what a device said as one short line of printable characters."""
    return "".join(character if character.isprintable() else " " for character in text).strip()[:LONGEST]


def first_line(error: BaseException, *, longest: int | None = None) -> str:
    """Return the first line of an error's message that says something, or its class where it has no message.

    Args:
        error: The error.
        longest: Characters after which the line is cut; None: it is shown in full.
    """
    lines = (line.strip() for line in str(error).splitlines())
    line = next((line for line in lines if line), type(error).__name__)
    return line[:longest]


REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
# Patterns are compiled when the first text is checked: a cold start needs none, and the ranges take 5 ms.
SURROGATES = "[\ud800-\udfff]"
# The characters that XML 1.0 has: https://www.w3.org/TR/xml/#charsets
NOT_XML = "[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
TERMINAL_COLOURS = r"\x1b\[[0-9;]*m"


def encodable(value: Any) -> Any:
    """Return a copy of a JSON ``value`` in which each text can be written as UTF-8."""
    return _each_text(value, lambda text: re.sub(SURROGATES, REPLACEMENT, text))


def printable(value: Any) -> Any:
    """Return a copy of a JSON ``value`` in which each text can be written as XML 1.0."""
    return _each_text(value, lambda text: re.sub(NOT_XML, REPLACEMENT, re.sub(TERMINAL_COLOURS, "", text)))


def _each_text(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {_each_text(key, change): _each_text(item, change) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_each_text(item, change) for item in value]
    return value


NOT_MEASURED = "-"


def size(count: int | None) -> str:
    """Return a number of bytes as people read it, in powers of 1000."""
    if count is None:
        return NOT_MEASURED
    for unit, scale in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= scale:
            return f"{count / scale:.2f} {unit}" if scale > 1e3 else f"{count / scale:.0f} {unit}"
    return f"{count} B"


def percent(value: float | None) -> str:
    """Return a share as a number of hundredths."""
    return NOT_MEASURED if value is None else f"{100 * value:.1f}"


def grid(columns: Iterable[str], rows: Iterable[Iterable[str]], *, left: int = 1) -> Any:
    """Return a table of rich; columns after the first ``left`` are aligned to the right, and long cells are folded."""
    from rich import box  # heavy
    from rich.table import Table  # heavy

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=0)
    for index, name in enumerate(columns):
        table.add_column(name, justify="left" if index < left else "right", overflow="fold")
    for row in rows:
        table.add_row(*(text.replace("[", "\\[") for text in row))
    return table
