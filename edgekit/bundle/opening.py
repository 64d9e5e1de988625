"""Opening a bundle: what is in it lies in the cache, under the bundle's digest, for runtimes that want files."""

from __future__ import annotations

from pathlib import Path

from edgekit.bundle.archive import bundle_digest, unpacked
from edgekit.cache import cache_folder, filled


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

    return filled(cache_folder(), f"bundle-{known.removeprefix('sha256:')}", fill)
