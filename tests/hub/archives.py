"""Archives made in memory, and what becomes of them."""

from __future__ import annotations

import io
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pytest

from edgekit.errors import HandleError
from edgekit.hub.archives import extract
from edgekit.hub.unpacked_tree import LIMITS, Limits

MEMBERS = {"saved_model.pb": b"graph", "variables/variables.index": b"index" * 1000, "assets/vocab.txt": b""}

Entry = tuple[tarfile.TarInfo, bytes]


def entry(name: str, data: bytes = b"", *, kind: bytes = tarfile.REGTYPE, link: str = "") -> Entry:
    info = tarfile.TarInfo(name)
    info.size, info.type, info.linkname = len(data), kind, link
    return info, data


def tar_bytes(entries: Iterable[Entry], *, mode: str = "w", pax: dict[str, str] | None = None) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode, pax_headers=pax) as tar:  # type: ignore[call-overload]  # mode is a str
        for info, data in entries:
            tar.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def with_checksum(tar: bytearray) -> bytes:
    """Return a tar whose first header was changed by hand, with the checksum that it has then."""
    tar[148:156] = b" " * 8
    tar[148:156] = b"%06o\0 " % sum(tar[:512])
    return bytes(tar)


def zip_bytes(members: Iterable[tuple[str | zipfile.ZipInfo, bytes]]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, data in members:
            zipped.writestr(name, data)
    return buffer.getvalue()


def good_tar(mode: str = "w") -> bytes:
    folder = entry("./variables", kind=tarfile.DIRTYPE)
    return tar_bytes([folder, *(entry(f"./{name}", data) for name, data in MEMBERS.items()), folder], mode=mode)


def unpacked(place: Path, content: bytes, limits: Limits = LIMITS) -> dict[str, bytes]:
    """Return the files that come out of an archive in ``place/box/into``."""
    (place / "archive").write_bytes(content)
    into = place / "box" / "into"
    extract(place / "archive", into, limits=limits)
    return {path.relative_to(into).as_posix(): path.read_bytes() for path in into.rglob("*") if path.is_file()}


def refusal(tmp_path: Path, content: bytes, limits: Limits = LIMITS) -> str:
    """Return why an archive was refused, having checked that it wrote nothing outside of its folder."""
    place = fresh(tmp_path)
    with pytest.raises(HandleError) as caught:
        unpacked(place, content, limits)
    assert {path.name for path in place.iterdir()} <= {"archive", "box"}
    assert {path.name for path in (place / "box").glob("*")} <= {"into"}
    assert str(place / "archive") in str(caught.value)
    return str(caught.value)


def fresh(tmp_path: Path) -> Path:
    return Path(tempfile.mkdtemp(dir=tmp_path))
