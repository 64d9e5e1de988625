"""What is shown in several places: tables and sentences of at most 80 columns, on stdout."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterable, Iterator

from edgekit.system.printable import grid


def lines(texts: Iterable[str]) -> None:
    """Print lines."""
    sys.stdout.write("".join(f"{text}\n" for text in texts))


def wrapped(texts: Iterable[str]) -> Iterator[str]:
    """Return sentences as lines of at most 80 columns, further ones indented; paths and names are not broken."""
    for text in texts:
        indent = text[: len(text) - len(text.lstrip())] or "  "
        yield from textwrap.wrap(text, 80, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def table(columns: Iterable[str], rows: Iterable[Iterable[str]], *, left: int = 1) -> None:
    """Print a table; columns after the first ``left`` are aligned to the right."""
    from rich.console import Console  # heavy

    console = Console(width=None if sys.stdout.isatty() else 80, highlight=False)
    console.print(grid(columns, rows, left=left))
