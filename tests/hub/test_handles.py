"""Handles: from every kind of name to a local folder or file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from edgekit.errors import HandleError, ReachError
from edgekit.hub.handles import resolve
from tests.hub.archives import entry, tar_bytes, zip_bytes
from tests.hub_server import HubServer, Page, hub_server, packed

RESOLVER = """
import sys
from pathlib import Path
from edgekit.hub.handles import resolve
print(resolve(sys.argv[1], cache=Path(sys.argv[2])))
"""


@pytest.fixture
def server() -> Iterator[HubServer]:
    with hub_server() as hub:
        yield hub


@pytest.fixture
def module(tmp_path: Path) -> Path:
    folder = tmp_path / "module"
    (folder / "variables").mkdir(parents=True)
    (folder / "saved_model.pb").write_bytes(b"graph")
    (folder / "variables" / "variables.index").write_bytes(b"index" * 20_000)
    return folder


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def tar_of(members: dict[str, bytes], mode: str = "w:gz") -> bytes:
    return tar_bytes((entry(*member) for member in members.items()), mode=mode)


def zip_of(members: dict[str, bytes]) -> bytes:
    return zip_bytes(members.items())


def refusal(handle: str | Path, **options: Path) -> str:
    with pytest.raises(HandleError) as caught:
        resolve(str(handle), **options)  # type: ignore[arg-type]  # paths only
    return str(caught.value)


def test_a_folder_is_itself(module: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert resolve(str(module)) == module
    assert resolve("module", base=tmp_path) == module
    assert resolve("~/module", base=Path("/elsewhere")) == module
    assert resolve(str(module), base=Path("/elsewhere")) == module
    monkeypatch.chdir(tmp_path)
    assert resolve("module") == module
    assert resolve("module", base=Path()) == module


@pytest.mark.parametrize("suffix", [".keras", ".h5", ".hdf5", ".tflite", ".onnx", ".H5"])
def test_a_model_file_is_itself(tmp_path: Path, cache: Path, suffix: str) -> None:
    path = tmp_path / f"model{suffix}"
    path.write_bytes(zip_of({"config.json": b"{}"}))  # a .keras file is a zip, and is not unpacked
    assert resolve(path.name, base=tmp_path, cache=cache) == path
    assert not cache.exists()


@pytest.mark.parametrize("top", ["", "./", "module/", "a/b/c/"])
@pytest.mark.parametrize("name", ["x.tar.gz", "x.tgz", "x.tar", "x.zip", "x.tar.xz", "no-suffix"])
def test_an_archive_is_unpacked_once(tmp_path: Path, cache: Path, top: str, name: str) -> None:
    members = {f"{top}saved_model.pb": b"graph", f"{top}assets/words": b"w", "__MACOSX/x": b"", ".git/x": b""}
    archive = tmp_path / name
    mode = {".gz": "w:gz", ".tgz": "w:gz", ".xz": "w:xz"}.get(archive.suffix, "w")
    archive.write_bytes(zip_of(members) if name.endswith("zip") else tar_of(members, mode))
    folder = resolve(str(archive), cache=cache)
    assert {"saved_model.pb", "assets/words"} <= set(contents(folder))
    (folder / "mark").write_text("")
    (tmp_path / "copy.zip").write_bytes(archive.read_bytes())
    assert (resolve(str(tmp_path / "copy.zip"), cache=cache) / "mark").exists()
    archive.write_bytes(tar_of({"saved_model.pb": b"another graph"}))
    assert contents(resolve(str(archive), cache=cache)) == {"saved_model.pb": b"another graph"}


@pytest.mark.parametrize("name", ["net.keras", "folder/net.h5", "net.tflite"])
def test_an_archive_may_hold_a_lone_model_file(tmp_path: Path, cache: Path, name: str) -> None:
    for archive, make in ((tmp_path / "x.zip", zip_of), (tmp_path / "x.tar.gz", tar_of)):
        archive.write_bytes(make({name: b"model", "README.md": b"read me"}))
        path = resolve(str(archive), cache=cache)
        assert path.name == Path(name).name
        assert path.read_bytes() == b"model"


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"a.h5": b"", "b.h5": b""}, "'a.h5', 'b.h5'"),
        ({"a/saved_model.pb": b"", "b/saved_model.pb": b""}, "'a', 'b'"),
        ({"README.md": b""}, "'README.md'"),
        ({}, "nothing"),
    ],
)
def test_an_archive_without_one_model_is_refused(
    tmp_path: Path, cache: Path, members: dict[str, bytes], words: str
) -> None:
    archive = tmp_path / "x.tar.gz"
    archive.write_bytes(tar_of(members))
    message = refusal(archive, cache=cache)
    assert str(archive) in message
    assert words in message
    assert not list(cache.glob("*/content"))


def test_a_broken_or_hostile_archive_leaves_nothing(tmp_path: Path, cache: Path) -> None:
    archive = tmp_path / "x.tar.gz"
    whole = tar_of({"saved_model.pb": b"graph" * 1000})
    archive.write_bytes(whole[: len(whole) // 2])
    assert f"{archive} is truncated or damaged" in refusal(archive, cache=cache)
    archive.write_bytes(tar_of({"saved_model.pb": b"graph", "../../evil": b""}))
    assert "'../../evil'" in refusal(archive, cache=cache)
    archive.write_bytes(b"text")
    assert f"{archive} is not a tar or zip" in refusal(archive, cache=cache)
    assert not list(cache.glob("*/content"))
    assert not list(cache.glob("*/.edgekit-*"))
    assert not list(tmp_path.rglob("evil"))


def test_a_handle_that_names_nothing_says_where_it_looked(module: Path, tmp_path: Path) -> None:
    message = refusal("modul", base=tmp_path)
    assert str(tmp_path / "modul") in message
    assert "'modul'" in message
    assert "did you mean 'module'?" in message
    assert "did you mean 'module'?" in refusal("mdule/variables/deeper", base=tmp_path)
    assert "give a SavedModel folder" in refusal("zzz", base=tmp_path)
    assert "nothing is at" in refusal(module / "saved_model.pb" / "x")


@pytest.mark.parametrize("handle", ["", "a\0b", "~no-such-user-here/x", "x" * 5000])
def test_handles_that_cannot_be_are_refused(tmp_path: Path, handle: str) -> None:
    assert refusal(handle, base=tmp_path)


def test_a_file_that_is_no_model_is_refused(module: Path) -> None:
    assert f"did you mean its folder, {module}?" in refusal(module / "saved_model.pb")
    assert "is not a model" in refusal(module / "variables" / "variables.index")


def test_a_pipe_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")  # reading it would wait for a writer for ever
    assert "is not a model" in refusal("pipe", base=tmp_path)


@pytest.mark.parametrize(
    ("handle", "words"),
    [
        ("s3://bucket/module?key=secret", "s3://"),
        ("hdfs://host/module", "hdfs://"),
    ],
)
def test_what_is_not_supported_says_what_to_do(tmp_path: Path, handle: str, words: str) -> None:
    message = refusal(handle, base=tmp_path)
    assert words in message
    assert "not supported" in message
    assert "download the model yourself" in message
    assert "secret" not in message


def test_a_folder_may_be_named_like_a_kaggle_handle(tmp_path: Path) -> None:
    folder = tmp_path / "google" / "net" / "keras" / "small"
    folder.mkdir(parents=True)
    assert resolve("google/net/keras/small", base=tmp_path) == folder


def test_a_module_comes_by_the_hub_protocol(server: HubServer, module: Path, cache: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    url = server.serve_module(module)
    folder = resolve(url, cache=cache, progress=lambda done, total: seen.append((done, total)))
    assert contents(folder) == contents(module)
    assert resolve(url, cache=cache) == folder
    assert resolve(url + "#part", cache=cache) == folder
    assert [request.query for request in server.requests] == ["tf-hub-format=compressed"]
    assert [path.name for path in cache.glob("*/content/*")] == ["model"]  # and not the archive
    assert seen[-1][0] == seen[-1][1]


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ("?a=1&b=%20x", "a=1&b=%20x&tf-hub-format=compressed"),
        ("?tf-hub-format=compressed", "tf-hub-format=compressed"),
        ("#part", "tf-hub-format=compressed"),
        ("?", "tf-hub-format=compressed"),
    ],
)
def test_the_query_is_kept(server: HubServer, module: Path, cache: Path, query: str, asked: str) -> None:
    resolve(server.serve_module(module) + query, cache=cache)
    assert server.requests[0].query == asked


def test_a_module_may_be_redirected_and_cut(server: HubServer, module: Path, cache: Path) -> None:
    server.serve("/store/x", Page(body=packed(module), cut_after=200))
    url = server.serve("/module/2", Page(redirect="/store/x?signed=1"))
    assert contents(resolve(url, cache=cache)) == contents(module)


def test_the_answer_is_told_by_content(server: HubServer, cache: Path) -> None:
    url = server.serve("/module/zip", Page(body=zip_of({"net.h5": b"model"})))
    assert resolve(url, cache=cache).read_bytes() == b"model"


@pytest.mark.parametrize("name", ["x.tar.gz", "x.tgz", "x.zip", "x.keras", "x.h5", "x.TFLITE"])
def test_addresses_of_files_are_fetched_as_they_are(server: HubServer, cache: Path, name: str) -> None:
    archived = name.endswith(("gz", "zip"))
    body = zip_of({"net.keras": b"model"}) if name.endswith("zip") else tar_of({"net.keras": b"model"})
    path = resolve(server.serve(f"/files/{name}", Page(body=body if archived else b"model")) + "?key=1", cache=cache)
    assert path.read_bytes() == b"model"
    assert path.name == ("net.keras" if archived else "model" + Path(name).suffix.lower())
    assert server.requests[0].query == "key=1"


def test_a_web_page_is_no_module(server: HubServer, cache: Path) -> None:
    url = server.serve("/module/1", Page(body=b"<!doctype html><html>Log in</html>"))
    message = refusal(url, cache=cache)
    assert f"{url} is not a tar or zip archive" in message
    assert "web page" in message
    assert not list(cache.glob("*/content"))


def test_a_length_that_is_too_short_is_found_in_the_archive(server: HubServer, module: Path, cache: Path) -> None:
    # Bytes after the declared length are no part of an HTTP answer: what is left is a truncated archive.
    url = server.serve("/module/1", Page(body=packed(module), declare=100, faults=9))
    assert f"{url} is truncated or damaged" in refusal(url, cache=cache)
    assert not list(cache.glob("*/content"))


def test_what_is_not_there_and_who_cannot_be_reached(
    server: HubServer, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    assert f"{server.url}/module/9 cannot be fetched" in refusal(f"{server.url}/module/9?token=s3cret", cache=cache)
    assert "s3cret" not in refusal("http://user:s3cret@[bad/", cache=cache)
    with pytest.raises(ReachError):
        resolve("http://127.0.0.1:1/module/1", cache=cache)


def test_the_cache_holds_no_secret(server: HubServer, module: Path, cache: Path) -> None:
    url = server.serve_module(module).replace("://", "://user:s3cret@") + "?token=s3cret"
    resolve(url, cache=cache)
    about = json.loads(next(cache.glob("*/about.json")).read_text())
    assert about == {"url": f"{server.url}/module/1"}
    for path in cache.rglob("*"):
        assert "s3cret" not in str(path)
        assert path.is_dir() or b"s3cret" not in path.read_bytes()


def test_two_processes_download_once(server: HubServer, module: Path, cache: Path, tmp_path: Path) -> None:
    url = server.serve_module(module)
    server.pages["/module/1"].delay = 0.3

    def answers(caches: list[Path]) -> list[str]:
        commands = [[sys.executable, "-c", RESOLVER, url, str(place)] for place in caches]
        processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for command in commands]
        return [process.communicate()[0].strip() for process in processes]

    first, second = answers([cache, cache])
    assert first == second
    assert contents(Path(first)) == contents(module)
    assert len(server.requests) == 1
    answers([tmp_path / "one", tmp_path / "two"])  # the counter counts both where the caches differ
    assert len(server.requests) == 3


def test_importing_needs_only_the_standard_library() -> None:
    code = "import sys, edgekit.hub.handles; print(*({'requests', 'urllib3', 'filelock', 'numpy'} & set(sys.modules)))"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == ""
