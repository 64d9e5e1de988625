"""What a command's options say of its data."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from edgekit.system.progress import progress, warn

if TYPE_CHECKING:
    from edgekit.data.loading import DataLike


def data_of(options: argparse.Namespace) -> DataLike | None:
    """Return what ``--data`` names; with ``--skip-bad``, its samples without those that cannot be read.

    Raises:
        DataError: There is nothing, or nothing of it can be read.
    """
    if options.data is None or not options.skip_bad:
        return options.data
    from edgekit.data.loading import drop_bad_files, load_samples  # heavy
    from edgekit.data.tables import TableSamples  # heavy

    samples = load_samples(options.data)
    if not isinstance(samples, TableSamples):
        return samples
    with progress("read data") as advance:
        readable, skipped = drop_bad_files(samples, lambda done, total: advance(done, total, ""))
    for line in skipped:
        warn(f"left out: {line}")
    return readable
