"""The folder that an archive is unpacked into: names, sizes and links that are not to be trusted are refused."""

from __future__ import annotations

import io
from pathlib import Path, PurePosixPath

import pytest

from edgekit.errors import HandleError
from edgekit.hub.unpacked_tree import MAX_DEPTH, MAX_NAME, MAX_PART, Budget, Limits, UnpackedTree, checked_name


@pytest.fixture
def tree(tmp_path: Path) -> UnpackedTree:
    return UnpackedTree(tmp_path / "root", Limits(members=3, total=100), packed=50)


@pytest.mark.parametrize("name", ["variables/index", "/".join(["a"] * MAX_DEPTH), "x" * MAX_PART])
def test_a_plain_name_is_taken(name: str) -> None:
    assert checked_name(name) == PurePosixPath(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "/etc/passwd",
        "../x",
        "a/../../x",
        "a\\..\\x",
        "a\0b",
        "\ud83c",
        "/".join(["a"] * (MAX_DEPTH + 1)),
        "x" * (MAX_PART + 1),
        "/".join(["x" * 200] * 6)[: MAX_NAME + 10],
    ],
)
def test_a_name_that_leads_elsewhere_or_is_too_long_is_refused(name: str) -> None:
    with pytest.raises(HandleError, match="it holds"):
        checked_name(name)


def test_a_file_is_written_once_and_in_full(tree: UnpackedTree) -> None:
    tree.add_file("a/b", io.BytesIO(b"four"), 4)
    assert (tree.root / "a" / "b").read_bytes() == b"four"
    with pytest.raises(HandleError, match="twice"):
        tree.add_file("a/b", io.BytesIO(b"four"), 4)
    with pytest.raises(EOFError, match="4 bytes in place of 5"):
        tree.add_file("a/c", io.BytesIO(b"four"), 5)


def test_more_members_than_allowed_are_refused(tree: UnpackedTree) -> None:
    for name in "ab":
        tree.add_folder(name)
    tree.add_folder("a")  # a folder may come twice
    tree.add_folder("c")
    with pytest.raises(HandleError, match="more than 3 files"):
        tree.add_folder("d")


def test_a_link_inside_is_made_and_one_outside_is_not(tree: UnpackedTree) -> None:
    tree.add_file("file", io.BytesIO(b"x"), 1)
    tree.add_link("link", "file")
    tree.make_links()
    assert (tree.root / "link").read_bytes() == b"x"
    tree.links.clear()
    tree.add_link("out", "../../secret")
    with pytest.raises(HandleError, match="outside of it or nowhere"):
        tree.make_links()


def test_bytes_are_counted_whatever_headers_claim() -> None:
    limits = Limits(total=1000, ratio=10, ratio_from=200)
    steep, large = Budget(limits, packed=30), Budget(limits, packed=500)
    steep.spend(300)
    with pytest.raises(HandleError, match="10 times its size"):
        steep.spend(1)
    large.spend(1000)
    with pytest.raises(HandleError, match="more than 1,000 bytes"):
        large.spend(1)
