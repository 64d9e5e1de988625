"""Opening a bundle: what is in it lies in the cache, under the bundle's digest, for runtimes that want files."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import NamedTuple

from edgekit.models.bundle_archive import bundle_digest, unpacked
from edgekit.system.cache import cache_folder, filled
from edgekit.system.digests import Digest, file_digest


class Opened(NamedTuple):
    """A bundle whose files lie in the cache.

    Attributes:
        folder: Where.
        changed: Files that are not those that its manifest names, which a bundle made by edgekit has not.
    """

    folder: Path
    changed: tuple[str, ...]


def open_bundle(path: Path, digest: Digest | None = None) -> Opened:
    """Return where a bundle's files are; what the cache has of it is checked each time.

    Args:
        path: The bundle.
        digest: Of it, if it was checked already.

    Raises:
        BundleError: It is none, or a byte of it has changed.
        OutputError: The cache cannot be written.
    """
    key = f"bundle-{(digest or bundle_digest(path)).hex}"

    def fill(folder: Path) -> None:
        for name, data in unpacked(path).items():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)

    folder = filled(cache_folder(), key, fill)
    changed = _changed(folder)
    if changed:  # by somebody in the cache, or when the bundle was made
        shutil.rmtree(folder.parent)
        folder = filled(cache_folder(), key, fill)
        changed = _changed(folder)
    return Opened(folder, changed)


def bundle_folder(path: Path) -> Path:
    """Return the folder with a bundle's files; raises as `open_bundle`."""
    return open_bundle(path).folder


def _changed(folder: Path) -> tuple[str, ...]:
    """Return what is not as the manifest says; if that cannot be read, the manifest."""
    try:
        entries = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["files"]
        return tuple(name for name, entry in entries.items() if not _is(folder / name, entry["sha256"]))
    except (OSError, ValueError, KeyError, TypeError):
        return ("manifest.json",)


def _is(path: Path, digest: str) -> bool:
    return path.is_file() and file_digest(path).hex == digest
