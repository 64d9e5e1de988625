"""Opening a bundle: what is in it lies in the cache, under the bundle's digest, for runtimes that want files."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from edgekit.bundle.archive import bundle_digest, unpacked
from edgekit.cache import cache_folder, filled
from edgekit.digests import file_digest


def bundle_folder(path: Path, digest: str | None = None) -> Path:
    """Return the folder with a bundle's files.

    Args:
        path: The bundle.
        digest: Of it, if it was checked already.

    Raises:
        BundleError: It is none, or a byte of it has changed.
        OutputError: The cache cannot be written.
    """
    known = digest or bundle_digest(path)

    def fill(folder: Path) -> None:
        for name, data in unpacked(path).items():
            place = folder / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)

    key = f"bundle-{known.removeprefix('sha256:')}"
    folder = filled(cache_folder(), key, fill)
    if not _is_whole(folder):
        shutil.rmtree(folder.parent)
        folder = filled(cache_folder(), key, fill)
    return folder


def _is_whole(folder: Path) -> bool:
    """Whether what the cache has of a bundle is what its manifest says."""
    try:
        told = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["files"]
        return all(file_digest(folder / name) == f"sha256:{entry['sha256']}" for name, entry in told.items())
    except (OSError, ValueError, KeyError, TypeError):
        return False
