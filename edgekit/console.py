"""What people see while they wait, on stderr: progress bars in a terminal, plain lines in a pipe."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator

Advance = Callable[[int, int, str], None]
"""Called with the number of things done, their total, and a note."""


def silent(done: int, total: int, note: str = "") -> None:
    """Show nothing: what functions of the Python interface do unless they are asked to show progress."""


@contextlib.contextmanager
def progress(title: str, *, shows: bool = True) -> Iterator[Advance]:
    """Show how far something is, with an estimate of the time left.

    In a terminal it is a bar that is redrawn; elsewhere a line when it ends, so that logs stay short.
    """
    if not shows:
        yield silent
    elif sys.stderr.isatty():
        with _bar(title) as advance:
            yield advance
    else:
        with _line(title) as advance:
            yield advance


@contextlib.contextmanager
def _bar(title: str) -> Iterator[Advance]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description:<10}"),
        BarColumn(16),
        MofNCompleteColumn(),
        TextColumn("left"),
        TimeRemainingColumn(compact=True),
        TextColumn("{task.fields[note]}"),
    )
    with Progress(*columns, console=Console(stderr=True)) as bars:
        task = bars.add_task(title, total=None, note="")

        def advance(done: int, total: int, note: str = "") -> None:
            bars.update(task, completed=done, total=total, note=note)

        yield advance


@contextlib.contextmanager
def _line(title: str) -> Iterator[Advance]:
    started, last = time.monotonic(), ""

    def advance(done: int, total: int, note: str = "") -> None:
        nonlocal last
        last = f"{done}/{total} {note}".strip()

    yield advance
    say(f"{title}: {last or 'done'} ({time.monotonic() - started:.1f} s)")


def say(text: str) -> None:
    """Write a line to stderr."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def warn(text: str) -> None:
    """Write a warning to stderr."""
    say(f"warning: {text}")
