"""Modules in buckets: Google's own library against a storage emulator on loopback."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edgekit.errors import EdgekitError, HandleError, ReachError
from edgekit.hub.handles import resolve
from tests.hub_server import packed

FILES = {"saved_model.pb": b"graph", "variables/variables.index": b"index", "assets/words.txt": b"a\nb\n"}


@pytest.fixture(scope="module")
def bucket() -> Iterator[Any]:
    """A bucket called ``models`` of an emulator."""
    from gcp_storage_emulator.server import create_server
    from google.cloud import storage

    server = create_server("127.0.0.1", 0, in_memory=True)
    server.start()
    patch = pytest.MonkeyPatch()
    port = server._api._httpd.server_address[1]
    patch.setenv("STORAGE_EMULATOR_HOST", f"http://127.0.0.1:{port}")
    patch.setenv("NO_GCE_CHECK", "true")
    try:
        yield storage.Client.create_anonymous_client().create_bucket("models")
    finally:
        patch.undo()
        server.stop()


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def put(bucket: Any, path: str, files: dict[str, bytes] | None = None) -> None:
    for name, body in (FILES if files is None else files).items():
        bucket.blob(f"{path}/{name}").upload_from_string(body)


def contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_folder_of_objects(bucket: Any, cache: Path) -> None:
    put(bucket, "text/encoder/1")
    put(bucket, "text/encoder/12", {"saved_model.pb": b"another"})
    seen: list[tuple[int, int | None]] = []
    folder = resolve("gs://models/text/encoder/1", cache=cache, progress=lambda done, total: seen.append((done, total)))
    assert contents(folder) == FILES
    total = sum(map(len, FILES.values()))
    assert seen[-1] == (total, total)
    assert resolve("gs://models/text/encoder/1/", cache=cache) == folder


def test_what_was_fetched_is_used_offline(bucket: Any, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(bucket, "offline")
    folder = resolve("gs://models/offline", cache=cache)
    monkeypatch.setenv("EDGEKIT_OFFLINE", "1")
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", "http://127.0.0.1:9")
    assert resolve("gs://models/offline", cache=cache) == folder
    with pytest.raises(
        ReachError, match="gs://models/other is not in the cache, and nothing is fetched while EDGEKIT_OFFLINE is set"
    ):
        resolve("gs://models/other", cache=cache)


def test_an_archive_and_one_version_of_it(bucket: Any, cache: Path, tmp_path: Path) -> None:
    for number in (1, 2):
        (tmp_path / f"{number}").mkdir()
        (tmp_path / f"{number}" / "saved_model.pb").write_bytes(b"%d" % number)
        blob = bucket.blob("packed.tar.gz")
        blob.upload_from_string(packed(tmp_path / f"{number}"))
    assert contents(resolve("gs://models/packed.tar.gz", cache=cache))["saved_model.pb"] == b"2"


@pytest.mark.parametrize(
    ("address", "error", "message"),
    [
        ("gs://models/nowhere", HandleError, "nothing is at gs://models/nowhere: neither an object nor a folder"),
        ("gs://no-such-bucket/x", HandleError, "nothing is at gs://no-such-bucket/x"),
        ("gs://models", HandleError, "'gs://models' is no address of a bucket: gs://BUCKET/PATH"),
        ("gs://models/../x?y", HandleError, "is no address of a bucket"),
    ],
)
def test_what_is_nowhere(bucket: Any, cache: Path, address: str, error: type[EdgekitError], message: str) -> None:
    assert bucket.name == "models"
    with pytest.raises(error, match=re.escape(message)):
        resolve(address, cache=cache)
    assert not list(cache.glob("*/content"))


@pytest.mark.parametrize("name", ["../outside", "a/../../outside", "back\\slash", "/absolute"])
def test_a_name_that_leads_outside_is_refused(
    bucket: Any, cache: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The emulator takes no such names; a bucket does."""
    from edgekit.hub import gcs as buckets

    put(bucket, "bad")
    below = buckets._blobs_below

    def renamed(*asked: Any) -> list[Any]:
        blobs = below(*asked)
        blobs[-1].name = f"bad/{name}"
        return blobs

    monkeypatch.setattr(buckets, "_blobs_below", renamed)
    with pytest.raises(HandleError, match="leads outside of it or is no name"):
        resolve("gs://models/bad", cache=cache)
    assert not list(cache.glob("*/content"))


def test_bytes_that_were_changed_on_the_way_are_refused(
    bucket: Any, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A seeded fault: the bucket says another length than it sends."""
    from google.cloud.storage import Blob

    put(bucket, "short")
    monkeypatch.setattr(Blob, "size", property(lambda self: len(FILES["saved_model.pb"]) + 1))
    with pytest.raises(ReachError, match=r"came with .* bytes, its bucket says 6"):
        resolve("gs://models/short", cache=cache)
    assert not list(cache.glob("*/content"))


def test_a_server_that_cannot_be_reached(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from edgekit.hub import gcs as buckets

    monkeypatch.setenv("STORAGE_EMULATOR_HOST", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    monkeypatch.setattr(buckets, "RETRIED", 0.1)
    with pytest.raises(ReachError, match="cannot fetch gs://models/x: "):
        resolve("gs://models/x", cache=cache)


def test_without_googles_library_the_extra_is_named(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "google.cloud.storage", None)
    with pytest.raises(ReachError, match=r"a module at gs://models/x needs google.*pip install 'edgekit\[gs\]'"):
        resolve("gs://models/x", cache=cache)
