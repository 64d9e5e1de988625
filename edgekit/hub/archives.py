"""Archives: unpacked only after every member was found harmless.

An archive may come from anywhere, so its headers are claims, not facts. Members are read one after another from a
metered stream and written by this module alone: never through a link, never over something that is already there,
never with the archive's own modes or owners. The rules are those of ``tarfile.data_filter``, which the earliest
Python 3.11 releases lack, and stricter ones.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import stat
import struct
import tarfile
import zipfile
import zlib
from pathlib import Path
from typing import IO, Literal, Self

from edgekit.errors import HandleError, OutputError
from edgekit.hub.unpacked_tree import CHUNK, LIMITS, Budget, Limits, UnpackedTree

ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
GZIP_MAGIC, BZIP2_MAGIC, XZ_MAGIC = b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00"
MAX_EXTENDED_HEADER = 1 << 16  # bytes; tarfile holds such a header in memory and searches it with slow expressions
MAX_DIRECTORY = 1 << 24  # bytes; zipfile holds a zip's whole table of contents in memory
# What the standard library raises when it reads bytes that are not what they should be.
BROKEN_FORMAT = (tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error)
DAMAGE = (*BROKEN_FORMAT, EOFError, ValueError, LookupError, ArithmeticError, RuntimeError)


Stream = IO[bytes] | gzip.GzipFile


def archive_kind(path: Path) -> Literal["tar", "zip"] | None:
    """Return what kind of archive a file is by its content, or None when it is no archive.

    Raises:
        HandleError: The file cannot be read.
    """
    head = _head(path)
    if head.startswith(ZIP_MAGIC):
        return "zip"
    if head.startswith((GZIP_MAGIC, BZIP2_MAGIC, XZ_MAGIC)):
        return "tar"
    try:
        tarfile.TarInfo.frombuf(head, "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        return None
    return "tar"


def extract(archive: Path, into: Path, *, name: str | None = None, limits: Limits = LIMITS) -> None:
    """Unpack a tar (plain, gzip, bzip2 or xz) or a zip into the folder ``into``, which is made.

    When it fails, ``into`` holds whatever was unpacked until then: call it inside a temporary folder.

    Args:
        archive: The file.
        into: An empty or new folder.
        name: How messages call the archive; by default its path.
        limits: What the archive may hold.

    Raises:
        HandleError: It is no archive, it is truncated or damaged, or it holds something that is not to be trusted.
        OutputError: ``into`` cannot be written.
    """
    name = name or str(archive)
    kind = archive_kind(archive)
    if kind is None:
        raise HandleError(f"{name} is not a tar or zip archive{_looks_like(_head(archive))}", path=archive)
    try:
        tree = UnpackedTree(into, limits, packed=archive.stat().st_size)
        (_extract_zip if kind == "zip" else _extract_tar)(archive, tree)
        tree.make_links()
    except HandleError as error:
        error.within(f"{name} was not unpacked", path=archive).advise("get it from a source that you trust")
        raise
    except NotImplementedError as error:
        raise HandleError(f"{name} is packed in a way that is not supported: pack it as .tar.gz") from error
    except DAMAGE as error:
        raise _damaged(name, error) from error
    except OSError as error:
        # gzip and bzip2 report bad data as an OSError too, but without a number from the system.
        if error.errno is None:
            raise _damaged(name, error) from error
        raise OutputError(f"cannot unpack {name} into {into}: {error.strerror}", path=into) from error


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(tarfile.BLOCKSIZE)
    except OSError as error:
        raise HandleError(f"cannot read {path}: {error.strerror}", path=path) from error


def _looks_like(head: bytes) -> str:
    if head.lstrip().startswith(b"<"):
        return ": it looks like a web page; open its address in a browser and look for the download itself"
    return f": it starts with {head[:12]!r}" if head else ": it is empty; download it again"


def _damaged(name: str, error: Exception) -> HandleError:
    return HandleError(f"{name} is truncated or damaged ({error}): download it again")


class _Metered(io.RawIOBase):
    """A stream whose bytes are counted: a tar's headers and padding can be a bomb just as its files can."""

    def __init__(self, stream: Stream, budget: Budget) -> None:
        self.stream, self.budget = stream, budget

    def read(self, size: int = -1) -> bytes:
        block = self.stream.read(CHUNK if size < 0 else size)
        self.budget.spend(len(block))
        return block


class _StrictHeader(tarfile.TarInfo):
    """A tar header that is not taken for the end of the archive when it is broken, as tarfile itself does."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        try:
            header = super().frombuf(buf, encoding, errors)
        except tarfile.HeaderError as error:
            if len(buf) == tarfile.BLOCKSIZE and not any(buf):
                raise  # the block of zeros that ends every tar
            raise tarfile.ReadError(f"a tar header is missing or broken: {error}") from error
        if not 0 <= header.size <= (LIMITS.total if header.isreg() else MAX_EXTENDED_HEADER):
            raise tarfile.ReadError(f"a tar header claims {header.size} bytes")
        return header


def _extract_tar(archive: Path, tree: UnpackedTree) -> None:
    with archive.open("rb") as file, _decompressed(file) as stream:
        metered = _Metered(stream, Budget(tree.limits, tree.packed))
        with tarfile.open(fileobj=metered, mode="r|", tarinfo=_StrictHeader) as tar:
            for member in tar:
                _add_tar_member(tar, member, tree)
        while metered.read(CHUNK):
            pass  # to the very end, where gzip, bzip2 and xz keep their checksums


def _decompressed(file: IO[bytes]) -> Stream:
    head = file.read(len(XZ_MAGIC))
    file.seek(0)
    if head.startswith(GZIP_MAGIC):
        return gzip.GzipFile(fileobj=file)
    if head.startswith(BZIP2_MAGIC):
        return bz2.BZ2File(file)
    return lzma.LZMAFile(file) if head.startswith(XZ_MAGIC) else file


def _add_tar_member(tar: tarfile.TarFile, member: tarfile.TarInfo, tree: UnpackedTree) -> None:
    if member.isdir():
        tree.add_folder(member.name)
    elif member.issym():
        tree.add_link(member.name, member.linkname)
    elif member.type in tarfile.REGULAR_TYPES and not member.issparse():
        source = tar.extractfile(member)
        assert source is not None, "tarfile gives a stream for every regular file"
        tree.add_file(member.name, source, member.size)
    else:
        raise HandleError(f"its member {member.name!r} is neither a file, a folder nor a symbolic link")


class _SmallReads(io.FileIO):
    """A file that never reads so much at once that a forged length fills the memory."""

    def read(self, size: int | None = -1) -> bytes:
        if size is not None and size > MAX_DIRECTORY:
            raise HandleError(f"its table of contents claims {size:,} bytes")
        return super().read(size) or b""


def _extract_zip(archive: Path, tree: UnpackedTree) -> None:
    with _SmallReads(archive) as file, zipfile.ZipFile(file) as zipped:
        for info in zipped.infolist():
            _add_zip_member(zipped, info, tree)


def _add_zip_member(zipped: zipfile.ZipFile, info: zipfile.ZipInfo, tree: UnpackedTree) -> None:
    name = info.orig_filename  # zipfile cuts filename at a NUL
    if info.flag_bits & 0x1:
        raise HandleError(f"its member {name!r} is encrypted")
    if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise HandleError(f"its member {name!r} is a link or a device")
    if info.is_dir():
        tree.add_folder(name)
        return
    with zipped.open(info) as source:
        tree.add_file(name, source, info.file_size)
