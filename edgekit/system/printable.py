"""What others say, as it is shown."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

LONGEST = 200
"""Characters of a line that are shown."""


def plain(text: str) -> str:
    """Return what a device said as one short line of printable characters."""
    return "".join(character if character.isprintable() else " " for character in text).strip()[:LONGEST]


def reason_of(error: BaseException, *, longest: int | None = None) -> str:
    """Return the line of an error's message that says why, or its class where it has no message.

    That is the first line that says something, but for TensorFlow and Keras, who put headings before it
    (``Graph execution error:``): there it is what follows these, with the node that failed.

    Args:
        error: The error.
        longest: Characters after which the line is cut; None: it is shown in full.
    """
    lines = [line.strip() for line in re.sub(TERMINAL_COLOURS, "", str(error)).splitlines()]
    lines = [line for line in lines if line] or [type(error).__name__]
    return (_of_node(lines) or re.sub(FUNCTION, "", _below_headings(lines)))[:longest]


def _of_node(lines: Sequence[str]) -> str | None:
    """Return the line before the one that names a node of a graph, with its name; None: no line does."""
    for line, following in itertools.pairwise(lines):
        node = re.match(NODE, following)
        if node is not None:
            return f"{re.sub(FUNCTION, '', line)} (node {node[1]})"
    return None


def _below_headings(lines: Sequence[str]) -> str:
    """Return the first line that is neither a heading nor the trace of a user's function, or the very first."""
    if lines[0] == IN_USER_CODE:
        lines = list(itertools.dropwhile(lambda line: not re.match(RAISED, line), lines)) or lines
    return next((line for line in lines if not re.match(HEADING, line)), lines[0])


REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
# Patterns are compiled when the first text is checked: a cold start needs none, and the ranges take 5 ms.
SURROGATES = "[\ud800-\udfff]"
# The characters that XML 1.0 has: https://www.w3.org/TR/xml/#charsets
NOT_XML = "[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
TERMINAL_COLOURS = r"\x1b\[[0-9;]*m"
# What TensorFlow and Keras say around the line that says why. A call of a signature puts its own name before a node's.
NODE = r"\[\[\{\{node (?:(?:Stateful)?PartitionedCall(?:_\d+)?/)*(.+?)\}\}"
FUNCTION = r"^\{\{function_node .*?\}\} "
IN_USER_CODE = "in user code:"
RAISED = r"\w*(?:Error|Exception): "
HEADING = r"Graph execution error:$|(?:\w+: )?Exception encountered when calling |Detected at node "


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
