"""Digests: the names under which modules are pinned and work is cached. All are ``sha256:`` and 64 hex digits."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Self

PREFIX = "sha256:"
SHORT = 16
"""Hex digits that tell a folder's files apart: of 64 bits, a million files share one with odds of 1 in 10 million."""

_SPELLING = re.compile(PREFIX + "[0-9a-f]{64}")


class Digest(str):
    """A SHA-256 digest as it is written everywhere: ``sha256:`` and 64 lower-case hex digits.

    It is text, so that it goes into JSON, messages and comparisons as it is; ``str(digest)`` makes plain text of it for
    encoders that take no subclass, as msgspec's.

    Raises:
        ValueError: The text is not spelled so.
    """

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Check the spelling."""
        if not _SPELLING.fullmatch(text):
            raise ValueError(f"a digest is {PREFIX} and 64 hex digits in lower case, not {text[:80]!r}")
        return super().__new__(cls, text)

    @classmethod
    def from_hex(cls, digits: str) -> Self:
        """Return the digest of 64 hex digits, as documents write it under the key ``sha256``.

        Raises:
            ValueError: They are not 64 hex digits in lower case.
        """
        return cls(PREFIX + digits)

    @property
    def hex(self) -> str:
        """The 64 hex digits alone."""
        return self[len(PREFIX) :]

    def short(self, digits: int = SHORT) -> str:
        """Return the first hex digits, for names of files."""
        return self.hex[:digits]


def file_digest(path: Path) -> Digest:
    """Return the digest of a file's content."""
    import hashlib  # heavy: OpenSSL

    with path.open("rb") as file:
        return Digest.from_hex(hashlib.file_digest(file, "sha256").hexdigest())


def bytes_digest(content: bytes) -> Digest:
    """Return the digest of bytes in memory."""
    import hashlib  # heavy: OpenSSL

    return Digest.from_hex(hashlib.sha256(content).hexdigest())


def tree_digest(path: Path) -> Digest:
    """Return the digest of a folder, or of a single file.

    It covers the relative names and contents of all regular files, in sorted order, and nothing else: not times,
    owners or modes, so that the same module has the same digest wherever it was unpacked. Hidden files count too.
    """
    if path.is_file():
        return file_digest(path)
    files = {file.relative_to(path).as_posix(): file_digest(file) for file in path.rglob("*") if file.is_file()}
    return value_digest(files)


def value_digest(value: Any) -> Digest:
    """Return the digest of a JSON value, independent of the order of its keys."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return bytes_digest(text.encode())


def folder_bytes(path: Path) -> int:
    """Return the size of a file, or of all files in a folder."""
    if path.is_file():
        return path.stat().st_size
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
