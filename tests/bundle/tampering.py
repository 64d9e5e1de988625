"""Bundles as one who means harm would make them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from edgekit.models.bundle_archive import packed, unpacked


def changed(bundle: Path, out: Path, files: Mapping[str, bytes]) -> Path:
    """A bundle with other files in it, as one who means harm would make it: whole by its own digest."""
    out.write_bytes(packed({**unpacked(bundle), **files}))
    return out
