"""Archives: the good ones unpack, every kind of bad one is refused, and nothing lands outside of the tree."""

from __future__ import annotations

import os
import tarfile
import zipfile
from pathlib import Path

import pytest

from edgekit.errors import HandleError, OutputError
from edgekit.hub.archives import archive_kind, extract
from tests.hub.archives import MEMBERS, entry, fresh, good_tar, refusal, tar_bytes, unpacked, with_checksum, zip_bytes

MATERIAL = Path(os.environ.get("EDGEKIT_MATERIAL", "../shared/material"))


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_tars_of_any_compression_are_told_by_content(tmp_path: Path, mode: str) -> None:
    assert unpacked(tmp_path, good_tar(mode)) == MEMBERS
    assert archive_kind(tmp_path / "archive") == "tar"


def test_a_zip_is_told_by_content(tmp_path: Path) -> None:
    assert unpacked(tmp_path, zip_bytes(MEMBERS.items())) == MEMBERS
    assert archive_kind(tmp_path / "archive") == "zip"


def test_a_real_module_unpacks(tmp_path: Path) -> None:
    archive = MATERIAL / "modules_tf1" / "half_plus_two_v1.tar.gz"
    if not archive.exists():
        if os.environ.get("EDGEKIT_REQUIRE_MATERIAL"):
            pytest.fail(f"{archive} is required")
        pytest.skip(f"no {archive}")
    extract(archive, tmp_path / "module")
    assert (tmp_path / "module" / "saved_model.pb").stat().st_size == 4459
    assert (tmp_path / "module" / "assets").is_dir()


def test_modes_and_owners_of_the_archive_are_not_taken_over(tmp_path: Path) -> None:
    info, data = entry("run.sh", b"#!/bin/sh")
    info.mode, info.uid = 0o6777, 12345
    unpacked(tmp_path, tar_bytes([(info, data)]))
    status = (tmp_path / "box" / "into" / "run.sh").stat()
    assert status.st_mode & 0o7111 == 0
    assert status.st_uid == os.getuid()


def test_a_symbolic_link_inside_the_tree_is_kept(tmp_path: Path) -> None:
    link = entry("variables/vocab", kind=tarfile.SYMTYPE, link="../assets/vocab.txt")
    unpacked(tmp_path, tar_bytes([link, entry("assets/vocab.txt", b"words")]))
    assert (tmp_path / "box" / "into" / "variables" / "vocab").read_bytes() == b"words"


HOSTILE_NAMES = [
    "/etc/evil",
    "../evil",
    "a/../../evil",
    "a/..",
    "..\\evil",
    "a\\b",
    "a" * 256,
    "/".join("a" * 70),
    "/".join(["a" * 200] * 6),
]


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_names_that_lead_out_or_too_deep_are_refused(tmp_path: Path, name: str) -> None:
    for hostile in (tar_bytes([entry(name, b"x")]), zip_bytes([(name, b"x")])):
        reason = refusal(tmp_path, hostile)
        assert "it holds the name" in reason or "it holds a name that is too long" in reason


def test_names_with_nul_are_refused(tmp_path: Path) -> None:
    info, data = entry("short", b"x")
    info.pax_headers = {"path": "a\0b"}
    assert "'a\\x00b'" in refusal(tmp_path, tar_bytes([(info, data)]))
    zipped = zip_bytes([("a_b.txt", b"x")]).replace(b"a_b.txt", b"a\0b.txt")
    assert "'a\\x00b.txt'" in refusal(tmp_path, zipped)


def test_names_that_are_not_utf8_are_refused(tmp_path: Path) -> None:
    raw = bytearray(tar_bytes([entry("X" * 20, b"x")]))
    raw[:20] = b"\xff" * 20
    assert "not UTF-8" in refusal(tmp_path, with_checksum(raw))


@pytest.mark.parametrize(
    ("kind", "link"),
    [
        (tarfile.SYMTYPE, "/etc/passwd"),
        (tarfile.SYMTYPE, "../box"),
        (tarfile.SYMTYPE, "../../archive"),
        (tarfile.SYMTYPE, "nowhere"),
        (tarfile.SYMTYPE, "evil"),
        (tarfile.SYMTYPE, ""),
        (tarfile.LNKTYPE, "ok"),
        (tarfile.LNKTYPE, "/etc/passwd"),
        (tarfile.FIFOTYPE, ""),
        (tarfile.CHRTYPE, ""),
        (tarfile.BLKTYPE, ""),
        (b"?", ""),
    ],
)
def test_links_out_of_the_tree_and_devices_are_refused(tmp_path: Path, kind: bytes, link: str) -> None:
    assert "'evil'" in refusal(tmp_path, tar_bytes([entry("ok", b"x"), entry("evil", kind=kind, link=link)]))


def test_a_chain_of_links_that_leads_out_is_refused(tmp_path: Path) -> None:
    # Read as text "deep/up/.." stays inside; as the system follows it, it does not.
    entries = [
        entry("a/b/c/file", b"x"),
        entry("deep", kind=tarfile.SYMTYPE, link="a"),
        entry("a/out", kind=tarfile.SYMTYPE, link="../deep/../.."),
    ]
    assert "'a/out'" in refusal(tmp_path, tar_bytes(entries))


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    entries = [entry("out", kind=tarfile.SYMTYPE, link="/tmp"), entry("out/evil", b"x")]
    assert "'out'" in refusal(tmp_path, tar_bytes(entries))
    entries = [entry("in", kind=tarfile.SYMTYPE, link="."), entry("in/evil", b"x")]
    assert "'in' twice" in refusal(tmp_path, tar_bytes(entries))


def test_duplicate_names_are_refused(tmp_path: Path) -> None:
    assert "'a' twice" in refusal(tmp_path, tar_bytes([entry("a", b"1"), entry("./a", b"2")]))
    assert "'a' twice" in refusal(tmp_path, tar_bytes([entry("a", b"1"), entry("a/b", b"2")]))
    with pytest.warns(UserWarning, match="Duplicate name"):
        zipped = zip_bytes([("a", b"1"), ("a", b"2")])
    assert "'a' twice" in refusal(tmp_path, zipped)
    assert unpacked(fresh(tmp_path), tar_bytes([entry("A"), entry("a")]))  # names tell case apart


def test_encrypted_zips_are_refused(tmp_path: Path) -> None:
    zipped = bytearray(zip_bytes([("a", b"x")]))
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        zipped[zipped.index(magic) + offset] |= 1
    assert "its member 'a' is encrypted" in refusal(tmp_path, bytes(zipped))


def test_links_in_zips_are_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("link")
    link.external_attr = 0o120777 << 16
    assert "link or a device" in refusal(tmp_path, zip_bytes([(link, b"a")]))


@pytest.mark.parametrize(
    "content", [b"", b"x" * 2000, b"<!DOCTYPE html><html>", b"PK\x03\x04", b"\x1f\x8b", bytes(512)]
)
def test_what_is_no_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    message = refusal(tmp_path, content)
    assert "not a tar or zip" in message or "damaged" in message
    assert ("web page" in message) == content.startswith(b"<")


def test_a_missing_archive_is_a_handle_error(tmp_path: Path) -> None:
    with pytest.raises(HandleError, match="cannot read"):
        extract(tmp_path / "none.zip", tmp_path / "into")


def test_a_place_that_cannot_be_written_is_no_fault_of_the_archive(tmp_path: Path) -> None:
    (tmp_path / "archive").write_bytes(good_tar())
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError, match="cannot unpack"):
        extract(tmp_path / "archive", tmp_path / "file" / "into")


def test_messages_use_the_given_name(tmp_path: Path) -> None:
    (tmp_path / "archive").write_bytes(b"nothing")
    with pytest.raises(HandleError, match=r"^https://hub\.example/module is not"):
        extract(tmp_path / "archive", tmp_path / "into", name="https://hub.example/module")
