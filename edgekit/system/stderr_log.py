"""What native code wrote to stderr while it ran: compilers say there where in a model they failed."""

from __future__ import annotations

import os
import stat
from pathlib import Path

OWN_STDERR = Path("/proc/self/fd/2")


def log_end() -> int | None:
    """Return where the file ends that stderr goes to, as that of a child process does; None: it is no file."""
    state = os.fstat(2)
    return state.st_size if stat.S_ISREG(state.st_mode) else None


def written_since(start: int | None) -> str:
    """Return what was written to stderr since it ended at ``start``; nothing where it is no file."""
    if start is None or not OWN_STDERR.exists():
        return ""
    with OWN_STDERR.open("rb") as log:
        log.seek(start)
        return log.read().decode(errors="replace")
