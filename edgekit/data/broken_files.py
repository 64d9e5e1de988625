"""Files of samples that cannot be read: which one, why, and how to go on without it."""

from __future__ import annotations

from pathlib import Path

from edgekit.errors import DataError


def broken_file(path: Path, reason: str) -> DataError:
    """Return the error of a file that cannot be read; whoever has no data to leave it out of drops its hints."""
    return DataError(f"{path}: {reason}", path=path, setting="skip_bad").advise(
        "leave such files out, by skip_bad = true under [data] of the recipe"
    )
