"""The cache: a folder of entries that appear whole or not at all, however many processes ask for them at once.

    CACHE/<key>/content/     the entry
    CACHE/<key>/about.json   what it is; never a secret
    CACHE/<key>/lock         held while the entry is filled

An entry that is there is never changed, so it is read without a lock. To forget one, delete its folder.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from edgekit.errors import OutputError
from edgekit.system import files


def cache_folder(cache: Path | None = None) -> Path:
    """Return where downloads and unpacked archives are kept; the folder need not exist.

    That is ``cache``, else ``$EDGEKIT_CACHE``, else where this system keeps caches: on Linux
    ``$XDG_CACHE_HOME/edgekit``, or ``~/.cache/edgekit`` where that is not set or, as its specification says, relative.
    """
    if cache is not None:
        return cache.expanduser().absolute()
    if own := os.environ.get("EDGEKIT_CACHE"):
        return Path(own).expanduser().absolute()
    import platformdirs  # heavy

    return platformdirs.user_cache_path("edgekit", appauthor=False)


def filled(cache: Path, key: str, fill: Callable[[Path], None], *, about: Mapping[str, str] | None = None) -> Path:
    """Return the folder of the entry ``key``, filled once by ``fill`` if it is not there yet.

    While another process fills the same entry this waits for it, as long as it takes; a process that died holds
    nobody up. When ``fill`` fails its error is passed on and the entry stays absent.

    Args:
        cache: The cache, as from `cache_folder`; made when it does not exist.
        key: A plain file name that tells entries apart: a digest, never an address, which may hold secrets.
        fill: Gets an empty folder to fill.
        about: Written beside the entry, for people who look into the cache.

    Raises:
        OutputError: The cache cannot be written.
    """
    if not re.fullmatch(r"[A-Za-z0-9][\w.-]*", key):
        raise ValueError(f"a cache key is a plain file name, not {key!r}")
    slot = cache / key
    entry = slot / "content"
    if not entry.is_dir():
        try:
            _fill_locked(slot, entry, fill, about or {})
        except OSError as error:
            raise _unusable(cache, error.strerror or str(error)) from error
    return entry


def _fill_locked(slot: Path, entry: Path, fill: Callable[[Path], None], about: Mapping[str, str]) -> None:
    from filelock import FileLock  # heavy

    slot.mkdir(parents=True, exist_ok=True)
    with FileLock(slot / "lock"):
        if entry.is_dir():  # another process filled it while this one waited
            return
        _sweep(slot)
        files.write_json(slot / "about.json", dict(about))
        with files.new_folder(entry, sign=None) as folder:
            fill(folder)


def _sweep(slot: Path) -> None:
    """Delete what killed processes left behind; the lock tells that none of it is in use."""
    for leftover in slot.glob(files.TEMPORARY_PREFIX + "*"):
        if leftover.is_dir():
            shutil.rmtree(leftover)
        else:
            leftover.unlink()


def _unusable(cache: Path, reason: str) -> OutputError:
    return OutputError(
        f"cannot write to the cache {cache}: {reason}; set EDGEKIT_CACHE to a folder that can be written", path=cache
    )
