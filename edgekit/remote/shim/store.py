"""What a device keeps, under its digest, so that it is sent once: models, samples and this shim."""

from __future__ import annotations

import errno
import os

from .errors import Refused

FOLDER = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "edgekit-device")
MOST_BYTES = 2 << 30
"""What is kept on a device at most; what was used longest ago goes first."""
FREE_SHARE = 0.25
"""Nor more than this share of what is free on its disk."""


def place_of(digest: str) -> str:
    """Return where what has a digest is kept."""
    if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
        raise Refused(f"{digest!r} is no digest")
    return os.path.join(FOLDER, digest)


def missing(digests: list[str]) -> list[str]:
    """Return which of some digests are not kept here."""
    return [digest for digest in digests if not os.path.exists(place_of(digest))]


def keep(digest: str, data: bytes) -> None:
    """Keep data under its digest."""
    import hashlib  # it takes long to import, and most runs keep nothing

    if hashlib.sha256(data).hexdigest() != digest:
        raise Refused("what arrived is not what was sent: the digest differs")
    try:
        os.makedirs(FOLDER, mode=0o700, exist_ok=True)
        _make_room(len(data))
        temporary = os.path.join(FOLDER, f".new-{os.getpid()}-{digest}")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as error:
        raise _refused(error, data) from error
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        os.replace(temporary, place_of(digest))
    except OSError as error:
        os.unlink(temporary)
        raise _refused(error, data) from error


def _refused(error: OSError, data: bytes) -> Refused:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Refused(f"the disk there is full: {len(data)} bytes do not fit into {FOLDER}")
    return Refused(f"cannot write to {FOLDER} there: {error.strerror}")


def _make_room(needed: int) -> None:
    """Delete what was used longest ago."""
    entries = [entry for entry in os.scandir(FOLDER) if entry.is_file()]
    used = sum(entry.stat().st_size for entry in entries)
    disk = os.statvfs(FOLDER)
    most = min(MOST_BYTES, used + FREE_SHARE * disk.f_bavail * disk.f_frsize)
    for entry in sorted(entries, key=lambda kept_file: kept_file.stat().st_mtime):
        if used + needed <= most:
            break
        used -= entry.stat().st_size
        os.unlink(entry.path)


def kept(digest: str) -> str:
    """Return the path of what is kept, and note that it was used."""
    path = place_of(digest)
    os.utime(path)
    return path
