"""Archives that are broken, or that lie about how large they are."""

from __future__ import annotations

import gzip
import io
import os
import struct
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from edgekit.errors import HandleError
from edgekit.hub.archives import extract
from edgekit.hub.unpacked_tree import LIMITS
from tests.hub.archives import entry, fresh, good_tar, refusal, tar_bytes, unpacked, with_checksum, zip_bytes


@pytest.mark.parametrize(
    "make", [lambda names: tar_bytes(map(entry, names)), lambda names: zip_bytes((n, b"") for n in names)]
)
def test_too_many_members_are_refused(tmp_path: Path, make: Callable[[list[str]], bytes]) -> None:
    limits = replace(LIMITS, members=10)
    assert len(unpacked(fresh(tmp_path), make([str(n) for n in range(10)]), limits)) == 10
    assert "more than 10 files" in refusal(tmp_path, make([str(n) for n in range(11)]), limits)
    # Folders that no member names count too.
    assert "more than 10 files" in refusal(tmp_path, make(["/".join("abcdefghijk")]), limits)


def test_bombs_are_refused_by_what_they_unpack_to(tmp_path: Path) -> None:
    zeros = bytes(1 << 20)
    large, steep = replace(LIMITS, total=len(zeros) - 1), replace(LIMITS, ratio=100, ratio_from=1 << 16)
    for bomb in (tar_bytes([entry("a", zeros)], mode="w:gz"), zip_bytes([("a", zeros)])):
        assert "more than 1,048,575 bytes" in refusal(tmp_path, bomb, large)
        assert "100 times its size" in refusal(tmp_path, bomb, steep)
        assert unpacked(fresh(tmp_path), bomb) == {"a": zeros}


def test_a_small_archive_may_be_steep(tmp_path: Path) -> None:
    zeros = bytes(1 << 20)
    limits = replace(LIMITS, ratio=100, ratio_from=2 << 20)
    for steep in (tar_bytes([entry("a", zeros)], mode="w:gz"), zip_bytes([("a", zeros)])):
        assert unpacked(fresh(tmp_path), steep, limits) == {"a": zeros}


def test_a_bomb_in_the_padding_of_a_tar_is_refused(tmp_path: Path) -> None:
    bomb = gzip.compress(good_tar() + bytes(1 << 20))
    assert "more than" in refusal(tmp_path, bomb, replace(LIMITS, total=1 << 19))


@pytest.mark.parametrize("claim", [100, 6000])
def test_a_zip_that_lies_about_sizes_is_refused(tmp_path: Path, claim: int) -> None:
    honest = zip_bytes([("a", bytes(5000))])
    lying = honest.replace(struct.pack("<L", 5000), struct.pack("<L", claim))
    assert lying != honest
    assert "damaged" in refusal(tmp_path, lying)


def test_a_forged_table_of_contents_is_not_read_into_memory(tmp_path: Path) -> None:
    # A sparse file: a zip whose last record claims that the gigabyte before it is the table.
    size, record = 1 << 30, zip_bytes([])
    with (tmp_path / "archive").open("wb") as file:
        file.write(b"PK\x03\x04")
        file.seek(size)
        file.write(record[:12] + struct.pack("<LL", size, 0) + record[20:])
    with pytest.raises(HandleError, match="table of contents"):
        extract(tmp_path / "archive", tmp_path / "into")


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz", "zip"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 0.999])
def test_truncated_archives_are_refused(tmp_path: Path, mode: str, share: float) -> None:
    noise = {"saved_model.pb": os.urandom(20_000), "b": os.urandom(20_000)}
    whole = (
        zip_bytes(noise.items()) if mode == "zip" else tar_bytes((entry(*item) for item in noise.items()), mode=mode)
    )
    if mode == "w":
        whole = whole[: 2 * (512 + 20_480) + 512]  # one block of the padding, to end with what matters
    assert "truncated or damaged" in refusal(tmp_path, whole[: int(len(whole) * share)])


@pytest.mark.parametrize("mode", ["w:gz", "w:bz2", "w:xz", "zip"])
def test_damage_is_found_wherever_it_is(tmp_path: Path, mode: str) -> None:
    noise = os.urandom(2000)
    whole = zip_bytes([("a", noise)]) if mode == "zip" else tar_bytes([entry("a", noise)], mode=mode)
    for position in (len(whole) // 3, len(whole) // 2):
        broken = bytearray(whole)
        broken[position] ^= 0xFF
        assert "truncated or damaged" in refusal(tmp_path, bytes(broken))


def test_a_wrong_checksum_at_the_very_end_is_found(tmp_path: Path) -> None:
    whole = bytearray(good_tar("w:gz"))
    whole[-8] ^= 0xFF  # CRC-32 of the gzip trailer
    assert "truncated or damaged" in refusal(tmp_path, bytes(whole))


def test_a_broken_header_in_the_middle_is_not_the_end(tmp_path: Path) -> None:
    whole = bytearray(tar_bytes([entry("a", b"x"), entry("b", b"y")]))
    whole[1024] ^= 0xFF  # the name of b, and so its header's checksum
    with tarfile.open(fileobj=io.BytesIO(bytes(whole))) as tar:
        assert tar.getnames() == ["a"]  # what tarfile by itself makes of it
    assert "truncated or damaged" in refusal(tmp_path, bytes(whole))


def test_a_tar_without_its_end_is_truncated(tmp_path: Path) -> None:
    whole = tar_bytes([entry("a", b"x"), entry("b", b"y")])
    assert "truncated or damaged" in refusal(tmp_path, whole[:1024])
    assert unpacked(fresh(tmp_path), whole[:2560]) == {"a": b"x", "b": b"y"}


def test_a_long_chain_of_extended_headers_is_refused(tmp_path: Path) -> None:
    extended = tar_bytes([entry("a" * 200)])[:1536]  # a long name, but not the member that it belongs to
    assert "truncated or damaged" in refusal(tmp_path, extended[:1024] * 2000 + bytes(1024))


def test_sparse_members_are_refused(tmp_path: Path) -> None:
    info, data = entry("hole", b"x")
    info.pax_headers = {"GNU.sparse.map": "0,1", "GNU.sparse.size": str(1 << 40)}
    assert "'hole'" in refusal(tmp_path, tar_bytes([(info, data)]))


def test_an_unknown_compression_is_named(tmp_path: Path) -> None:
    zipped = bytearray(zip_bytes([("a", b"x")]))
    for magic, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        zipped[zipped.index(magic) + offset] = 1  # "shrunk", of 1989
    assert "not supported: pack it as .tar.gz" in refusal(tmp_path, bytes(zipped))


@pytest.mark.parametrize("size", [-1, 1 << 40])
def test_absurd_sizes_are_refused(tmp_path: Path, size: int) -> None:
    info, _ = entry("a")
    info.size = size
    header = info.tobuf(tarfile.GNU_FORMAT)
    assert "truncated or damaged" in refusal(tmp_path, header + bytes(1024))


def test_a_size_from_an_extended_header_is_not_trusted(tmp_path: Path) -> None:
    info, data = entry("a", b"x" * 600)
    info.pax_headers = {"size": "-5"}
    assert "truncated or damaged" in refusal(tmp_path, tar_bytes([(info, data)]))


def test_a_sparse_header_that_ends_too_early_is_refused(tmp_path: Path) -> None:
    info, _ = entry("a", kind=tarfile.GNUTYPE_SPARSE)
    header = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    header[482] = 1  # says that another header follows
    assert "truncated or damaged" in refusal(tmp_path, with_checksum(header))


def test_a_huge_extended_header_is_refused(tmp_path: Path) -> None:
    whole = tar_bytes([entry("a", b"x")], mode="w:gz", pax={"comment": "x" * (1 << 20)})
    assert "claims" in refusal(tmp_path, whole)
