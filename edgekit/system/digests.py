"""Digests: the names under which modules are pinned and work is cached. All are ``sha256:`` and 64 hex digits."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any


def file_digest(path: Path) -> str:
    """Return the digest of a file's content."""
    with path.open("rb") as file:
        return "sha256:" + hashlib.file_digest(file, "sha256").hexdigest()


def bytes_digest(content: bytes) -> str:
    """Return the digest of bytes in memory."""
    return "sha256:" + hashlib.sha256(content).hexdigest()


def tree_digest(path: Path) -> str:
    """Return the digest of a folder, or of a single file.

    It covers the relative names and contents of all regular files, in sorted order, and nothing else: not times,
    owners or modes, so that the same module has the same digest wherever it was unpacked. Hidden files count too.
    """
    if path.is_file():
        return file_digest(path)
    files = {file.relative_to(path).as_posix(): file_digest(file) for file in path.rglob("*") if file.is_file()}
    return value_digest(files)


def value_digest(value: Any) -> str:
    """Return the digest of a JSON value, independent of the order of its keys."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def folder_bytes(path: Path) -> int:
    """Return the size of a file, or of all files in a folder."""
    if path.is_file():
        return path.stat().st_size
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
