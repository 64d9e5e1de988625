"""What a device keeps: by digest, checked when it arrives, and never more than it may take of the disk."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from edgekit.remote.shim import store
from edgekit.remote.shim.errors import Refused


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(store, "FOLDER", str(tmp_path / "kept"))
    return tmp_path / "kept"


def keep(data: bytes, *, age: int = 0) -> str:
    digest = hashlib.sha256(data).hexdigest()
    store.keep(digest, data)
    path = Path(store.place_of(digest))
    moment = path.stat().st_mtime - age
    os.utime(path, (moment, moment))
    return digest


def test_what_is_kept_is_not_missing(folder: Path) -> None:
    digest, other = keep(b"model"), hashlib.sha256(b"other").hexdigest()
    assert Path(store.kept(digest)).read_bytes() == b"model"
    assert store.missing([other, digest]) == [other]
    assert store.missing([]) == []
    assert [path.stat().st_mode & 0o777 for path in (folder, folder / digest)] == [0o700, 0o600]


def test_nothing_is_kept_under_the_digest_of_something_else(folder: Path) -> None:
    digest = keep(b"")
    with pytest.raises(Refused, match="the digest differs"):
        store.keep(digest, b"x")
    assert Path(store.kept(digest)).read_bytes() == b""
    assert [path.name for path in folder.iterdir()] == [digest]


@pytest.mark.parametrize("digest", ["", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 63 + "/"])
def test_a_path_is_no_digest(digest: str, folder: Path) -> None:
    assert store.place_of("0" * 64) == str(folder / ("0" * 64))
    with pytest.raises(Refused, match="is no digest"):
        store.missing([digest])


def test_what_was_used_longest_ago_makes_room(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "MOST_BYTES", 10)
    oldest, older, newest = keep(b"a" * 4, age=30), keep(b"b" * 4, age=20), keep(b"c" * 2, age=10)
    assert store.missing([oldest, older, newest]) == []
    store.kept(oldest)
    latest = keep(b"d" * 4)
    assert store.missing([oldest, older, newest, latest]) == [older]


def test_a_full_disk_is_told_with_what_does_not_fit(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(b"before")

    def full(source: str, target: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(Refused, match=f"the disk there is full: 5 bytes do not fit into {folder}"):
        keep(b"model")
    assert len(list(folder.iterdir())) == 1


def test_a_folder_that_cannot_be_made_is_told(folder: Path) -> None:
    folder.write_text("a file")
    with pytest.raises(Refused, match=r"cannot write to .* there: File exists"):
        keep(b"model")
