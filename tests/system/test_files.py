"""Files appear whole or not at all, and nothing that is not edgekit's is replaced."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from edgekit.errors import OutputError
from edgekit.system.files import check_replaceable, missing_part, new_folder, read_json, write_bytes, write_json


def test_a_file_is_replaced_at_once_and_leaves_nothing_behind(tmp_path: Path) -> None:
    file = tmp_path / "new" / "x.json"
    write_json(file, {"a": 1})
    write_json(file, {"a": 2})
    assert read_json(file) == {"a": 2}
    assert [path.name for path in file.parent.iterdir()] == ["x.json"]


def test_a_file_that_fails_stays_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "x"
    write_bytes(file, b"old")

    def full(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OutputError, match="No space left") as caught:
        write_bytes(file, b"new")
    assert caught.value.path == file
    assert file.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_json_has_no_number_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "x.json", float("nan"))
    assert not (tmp_path / "x.json").exists()


def test_what_is_not_there_is_read_as_none(tmp_path: Path) -> None:
    assert read_json(tmp_path / "none.json") is None


def test_a_folder_is_replaced_by_its_sign_only(tmp_path: Path) -> None:
    path = tmp_path / "artifact"
    for content in ("old", "new"):
        with new_folder(path, sign="artifact.json") as folder:
            (folder / "artifact.json").write_text(content)
    assert (path / "artifact.json").read_text() == "new"
    (path / "artifact.json").unlink()
    (path / "mine.txt").write_text("of the user")
    with pytest.raises(OutputError, match=r"holds files that are not edgekit's \(there is no artifact.json\)"):
        check_replaceable(path, "artifact.json")
    assert (path / "mine.txt").read_text() == "of the user"


def test_a_folder_whose_filling_fails_stays_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "artifact"
    with new_folder(path, sign="sign") as folder:
        (folder / "sign").write_text("old")

    def fail() -> None:
        with new_folder(path, sign="sign") as folder:
            (folder / "sign").write_text("new")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert (path / "sign").read_text() == "old"
    assert [child.name for child in tmp_path.iterdir()] == ["artifact"]


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "x").touch()
    with pytest.raises(OutputError, match="is a file: choose another output folder"):
        check_replaceable(tmp_path / "x", None)


def test_what_is_missing_is_told_beside_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    assert missing_part(tmp_path / "fotos" / "cat" / "1.png") == ("fotos", ["photos"])
    assert missing_part(tmp_path / "photos" / "cat") == ("cat", [])
