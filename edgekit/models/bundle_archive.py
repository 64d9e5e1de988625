"""The file of a bundle: a zip whose bytes follow from what is in it, and which is refused if one of them changed.

Nothing in it is compressed, so that a model can be mapped from where it lies, on a page of its own, and so that no
version of zlib changes a byte. Its comment, at the very end, is the digest of all that is before it.
"""

from __future__ import annotations

import io
import os
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from edgekit.errors import BundleError
from edgekit.system.digests import PREFIX, Digest, bytes_digest

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The date of all files, the earliest that a zip has."""
PAGE = 4096
"""Where a model begins: at a multiple of it, as memory is mapped."""
PADDING_FIELD = 0xD935
"""Number of the extra field that Android's zipalign pads with: an alignment of 16 bits, then zeros."""
DIGEST_LENGTH = len(PREFIX) + 64
END_RECORD = b"PK\x05\x06"
END_LENGTH = 22
"""Bytes of the record at a zip's end without its comment (APPNOTE 4.3.16)."""
MODELS = (".tflite", ".onnx")
MOST_FILES = 10_000


def packed(files: Mapping[str, bytes]) -> bytes:
    """Return the bytes of a bundle that holds files, in their order."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name, EPOCH)
            info.create_system, info.external_attr = 3, 0o100644 << 16
            if name.endswith(MODELS):
                info.extra = _padding(stream.tell() + 30 + len(name.encode()))
            archive.writestr(info, data)
        archive.comment = b"0" * DIGEST_LENGTH
    content = stream.getvalue()[:-DIGEST_LENGTH]
    return content + bytes_digest(content).encode()


def _padding(before: int) -> bytes:
    """Return the extra field after which the next page begins."""
    rest = -(before + 6) % PAGE
    return struct.pack("<HHH", PADDING_FIELD, 2 + rest, PAGE) + bytes(rest)


def is_bundle(path: Path) -> bool:
    """Whether a file begins as a zip does."""
    with path.open("rb") as file:
        return file.read(4) == b"PK\x03\x04"


def bundle_digest(path: Path) -> Digest:
    """Return the digest of a bundle, which is seen to be the one at its end.

    Raises:
        BundleError: It is no bundle, or a byte of it has changed.
    """
    import hashlib  # heavy: OpenSSL

    end = END_LENGTH + DIGEST_LENGTH
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            file.seek(-min(end, size), os.SEEK_END)
            tail = file.read(end)
            if tail[:4] != END_RECORD or not tail[END_LENGTH:].startswith(PREFIX.encode()):
                raise BundleError(f"{path} is no bundle of edgekit, or its end is missing", path=path)
            file.seek(0)
            hasher, remaining = hashlib.sha256(), size - DIGEST_LENGTH
            while remaining:
                block = file.read(min(remaining, 1 << 20))
                hasher.update(block)
                remaining -= len(block)
    except OSError as error:
        raise BundleError(f"cannot read {path}: {error.strerror}", path=path) from error
    digest = Digest.from_hex(hasher.hexdigest())
    if digest.encode() != tail[END_LENGTH:]:
        raise BundleError(
            f"{path} has changed since it was made: its digest is {digest}, it says {_said(tail)}", path=path
        )
    return digest


def _said(tail: bytes) -> str:
    return tail[END_LENGTH:].decode("ascii", "replace")


def unpacked(path: Path) -> dict[str, bytes]:
    """Return the files of a bundle whose digest was checked.

    Raises:
        BundleError: It holds what no bundle holds: compressed files, odd names, one name twice.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            names = [info.filename for info in members]
            if len(set(names)) < len(names) or len(names) > MOST_FILES:
                raise BundleError(f"{path} holds one name twice, or more than {MOST_FILES} files", path=path)
            for info in members:
                path_inside = PurePosixPath(info.filename)
                if info.compress_type != zipfile.ZIP_STORED or path_inside.is_absolute() or ".." in path_inside.parts:
                    raise BundleError(f"{path} holds {info.filename!r}, which no bundle does", path=path)
            return {name: archive.read(name) for name in names}
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError) as error:
        raise BundleError(f"{path} is a damaged bundle: {error}", path=path) from error


def names_in(path: Path) -> set[str]:
    """Return the names of the files in a bundle, without reading them."""
    with zipfile.ZipFile(path) as archive:
        return set(archive.namelist())
