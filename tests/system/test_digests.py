"""Digests: one spelling, the same wherever the same files lie, and cut in one place."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest

from edgekit.system.digests import Digest, bytes_digest, file_digest, folder_bytes, tree_digest, value_digest

EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"  # FIPS 180-4 of no bytes at all


def test_a_digest_is_its_spelling() -> None:
    digest = bytes_digest(b"")
    assert digest == f"sha256:{EMPTY}" == str(digest)
    assert type(str(digest)) is str
    assert digest.hex == EMPTY
    assert (digest.short(), digest.short(8)) == (EMPTY[:16], EMPTY[:8])
    assert Digest.from_hex(EMPTY) == digest
    assert json.dumps(digest) == f'"sha256:{EMPTY}"'


def test_a_digest_crosses_processes() -> None:
    copy = pickle.loads(pickle.dumps(bytes_digest(b"")))
    assert type(copy) is Digest
    assert copy.hex == EMPTY


@pytest.mark.parametrize(
    "text", ["", EMPTY, f"sha1:{EMPTY}", f"sha256:{EMPTY[:-1]}", f"sha256:{EMPTY}\n", f"sha256:{EMPTY.upper()}"]
)
def test_what_is_spelled_otherwise_is_no_digest(text: str) -> None:
    with pytest.raises(ValueError, match="64 hex digits"):
        Digest(text)


def test_a_folder_has_one_digest_wherever_it_lies(tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / name / "variables").mkdir(parents=True)
        (tmp_path / name / "variables" / "index").write_bytes(b"weights")
    assert tree_digest(tmp_path / "first") == tree_digest(tmp_path / "second")
    assert folder_bytes(tmp_path / "first") == 7


@pytest.mark.parametrize("fault", ["content", "name", "hidden file"])
def test_any_change_of_a_folder_changes_its_digest(tmp_path: Path, fault: str) -> None:
    file = tmp_path / "weights"
    file.write_bytes(b"weights")
    before = tree_digest(tmp_path)
    if fault == "content":
        file.write_bytes(b"Weights")
    elif fault == "name":
        file.rename(tmp_path / "Weights")
    else:
        (tmp_path / ".hidden").touch()
    assert tree_digest(tmp_path) != before


def test_a_file_has_the_digest_of_its_bytes(tmp_path: Path) -> None:
    file = tmp_path / "weights"
    file.write_bytes(b"weights")
    assert file_digest(file) == tree_digest(file) == bytes_digest(b"weights")
    assert file_digest(file) != bytes_digest(b"Weights")


def test_a_value_has_one_digest_in_any_order_of_its_keys() -> None:
    assert value_digest({"a": 1, "b": [2]}) == value_digest({"b": [2], "a": 1})
    assert value_digest({"a": 1, "b": [2]}) != value_digest({"a": 1, "b": [3]})
