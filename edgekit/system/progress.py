"""What people see while they wait, on stderr: progress bars in a terminal, plain lines in a pipe."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
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
            yield _interruptible(advance)
    else:
        with _line(title) as advance:
            yield _interruptible(advance)


_interrupted = threading.Event()


@contextlib.contextmanager
def interrupts() -> Iterator[None]:
    """See that an interrupt in the block is never lost.

    Python drops one that comes while it cleans up an object; what shows progress raises it again.
    """

    def interrupt(*_: object) -> None:
        _interrupted.set()
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        _interrupted.clear()


def _interruptible(advance: Advance) -> Advance:
    def advancing(done: int, total: int, note: str = "") -> None:
        if _interrupted.is_set():
            raise KeyboardInterrupt
        advance(done, total, note)

    return advancing


@contextlib.contextmanager
def _bar(title: str) -> Iterator[Advance]:
    from rich.console import Console  # heavy
    from rich.progress import (  # heavy
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


def note(text: str) -> None:
    """Write a sentence to stderr, in lines of at most 80 columns."""
    import textwrap  # startup

    say(textwrap.fill(text, 80, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False))


def warn(text: str) -> None:
    """Write a warning to stderr."""
    say(f"warning: {text}")


_traces = threading.Event()


def show_traces() -> None:
    """Show from now on where failures come from that are told by a line and end nothing else, as of one variant."""
    _traces.set()


def trace(subject: str, failure: BaseException) -> None:
    """Write the traceback of a failure to stderr, that of the child process included, if they are shown."""
    if _traces.is_set():
        import traceback  # startup

        say(f"{subject} failed:\n{''.join(traceback.format_exception(failure))}")
