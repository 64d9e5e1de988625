"""Kaggle models: Kaggle's own client against a server on loopback that answers as its public API does."""

from __future__ import annotations

import base64
import hashlib
import http.server
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from edgekit.errors import HandleError, ReachError
from edgekit.hub.handles import resolve
from edgekit.hub.kaggle import kaggle_model
from tests.hub_server import packed

NAME = "maker/net/tensorFlow2/small"
SECRET = "not-to-be-shown"  # the tests look for it where it must not be


@dataclass
class Kaggle:
    """What the server has, and what it was asked."""

    archives: dict[int, bytes] = field(default_factory=dict)
    login: str | None = None
    fault: str = ""
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def answer(self, method: str, asked: dict[str, Any], login: str | None) -> tuple[int, str, bytes]:
        self.asked.append((method, asked))
        names = (asked["ownerSlug"], asked["modelSlug"], asked["instanceSlug"])
        if self.login is not None and login != self.login:
            return 403, "application/json", json.dumps({"code": 403, "message": f"denied {SECRET}"}).encode()
        if names != ("maker", "net", "small") or asked.get("versionNumber", 1) not in self.archives:
            return 404, "application/json", b'{"code": 404, "message": "no such model"}'
        if method == "GetModelInstance":
            return 200, "application/json", json.dumps({"versionNumber": max(self.archives)}).encode()
        return 200, "application/octet-stream", self.archives[asked["versionNumber"]]


def handler_of(kaggle: Kaggle) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name that the base class gives it
            """Keep the output of the tests quiet."""

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, kind, body = kaggle.answer(self.path.rpartition("/")[2], asked, self.headers.get("Authorization"))
            digest = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
            if kaggle.fault == "changed" and kind != "application/json":
                body = body[:-1] + bytes([body[-1] ^ 1])
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("x-goog-hash", f"crc32c=AAAAAA==,md5={digest}")
            self.end_headers()
            self.wfile.write(body[: len(body) // 2] if kaggle.fault == "short" and kind != "application/json" else body)

    return Handler


@pytest.fixture
def kaggle(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Kaggle]:
    from kagglesdk import kaggle_env

    made = Kaggle()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler_of(made))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setitem(
        kaggle_env._env_to_endpoint, kaggle_env.KaggleEnv.PROD, f"http://127.0.0.1:{server.server_port}"
    )
    for name in ("KAGGLE_USERNAME", "KAGGLE_KEY", "KAGGLE_API_TOKEN", "KAGGLE_KERNEL_RUN_TYPE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("KAGGLE_CONFIG_DIR", str(tmp_path / "no-config"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def version(tmp_path: Path, number: int) -> bytes:
    folder = tmp_path / f"version-{number}"
    folder.mkdir()
    (folder / "saved_model.pb").write_bytes(b"version %d" % number)
    return packed(folder)


@pytest.mark.parametrize(
    ("handle", "shown"),
    [
        (NAME, NAME),
        (f"{NAME}/3", f"{NAME}/3"),
        (f"kaggle://{NAME}/3/", f"{NAME}/3"),
        (f"https://www.kaggle.com/models/{NAME}", NAME),
        (f"https://kaggle.com/models/{NAME}/versions/3", f"{NAME}/3"),
        (f"https://www.kaggle.com/models/{NAME}/3", f"{NAME}/3"),
        ("maker/net/weird/small", "None"),
        ("https://example.org/models/a/b/keras/c", "None"),
    ],
)
def test_names_of_models(handle: str, shown: str) -> None:
    assert str(kaggle_model(handle)) == shown


def test_a_version_is_fetched_once(
    kaggle: Kaggle, cache: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    kaggle.archives = {1: version(tmp_path, 1), 2: version(tmp_path, 2)}
    folder = resolve(f"{NAME}/1", cache=cache)
    assert (folder / "saved_model.pb").read_bytes() == b"version 1"
    assert resolve(f"https://www.kaggle.com/models/{NAME}/versions/1", cache=cache) == folder
    assert [method for method, _ in kaggle.asked] == ["DownloadModelInstanceVersion"]
    assert capfd.readouterr().out == ""


def test_the_newest_version_is_asked_for_each_time(
    kaggle: Kaggle, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kaggle.archives = {1: version(tmp_path, 1)}
    assert (resolve(NAME, cache=cache) / "saved_model.pb").read_bytes() == b"version 1"
    kaggle.archives[2] = version(tmp_path, 2)
    assert (resolve(NAME, cache=cache) / "saved_model.pb").read_bytes() == b"version 2"
    monkeypatch.setenv("EDGEKIT_OFFLINE", "1")
    with pytest.raises(
        ReachError, match=f"nothing is fetched while EDGEKIT_OFFLINE is set; state a version that was fetched, {NAME}/N"
    ):
        resolve(NAME, cache=cache)
    assert (resolve(f"{NAME}/1", cache=cache) / "saved_model.pb").read_bytes() == b"version 1"


def test_what_is_nowhere(kaggle: Kaggle, cache: Path, tmp_path: Path) -> None:
    kaggle.archives = {1: version(tmp_path, 1)}
    for handle in (f"{NAME}/7", "maker/other/keras/small/1"):
        with pytest.raises(HandleError, match=f"Kaggle has no model {handle}: check owner, name, framework"):
            resolve(handle, cache=cache)
    with pytest.raises(HandleError, match="'kaggle://net' is no Kaggle model: kaggle://OWNER/MODEL"):
        resolve("kaggle://net", cache=cache)
    assert not list(cache.glob("*/content"))


def test_a_login_comes_from_the_environment_and_is_never_shown(
    kaggle: Kaggle, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kaggle.archives, kaggle.login = (
        {1: version(tmp_path, 1)},
        "Basic " + base64.b64encode(b"me:" + SECRET.encode()).decode(),
    )
    with pytest.raises(ReachError, match=r"Kaggle refuses .* \(403\): accept its licence on its page") as refused:
        resolve(f"{NAME}/1", cache=cache)
    assert SECRET not in str(refused.value)
    monkeypatch.setenv("KAGGLE_USERNAME", "me")
    monkeypatch.setenv("KAGGLE_KEY", SECRET)
    assert resolve(f"{NAME}/1", cache=cache).is_dir()
    assert all(SECRET.encode() not in file.read_bytes() for file in cache.rglob("*") if file.is_file())


@pytest.mark.parametrize(
    ("fault", "message"), [("changed", "came damaged: its checksum"), ("short", "cannot reach Kaggle")]
)
def test_a_damaged_archive_is_refused(kaggle: Kaggle, cache: Path, tmp_path: Path, fault: str, message: str) -> None:
    kaggle.archives, kaggle.fault = {1: version(tmp_path, 1)}, fault
    with pytest.raises(ReachError, match=message):
        resolve(f"{NAME}/1", cache=cache)
    assert not list(cache.glob("*/content"))


def test_an_archive_that_leads_outside_is_refused(kaggle: Kaggle, cache: Path) -> None:
    from tests.hub.archives import entry, tar_bytes

    kaggle.archives = {1: tar_bytes([entry("saved_model.pb", b"x"), entry("../outside", b"x")])}
    with pytest.raises(HandleError, match="leads outside of it"):
        resolve(f"{NAME}/1", cache=cache)
    assert not list(cache.glob("*/content"))


def test_without_kaggles_library_the_extra_is_named(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "kagglesdk.models.types.model_api_service", None)
    with pytest.raises(ReachError, match=r"the Kaggle model .* needs kagglesdk.*pip install 'edgekit\[kaggle\]'"):
        resolve(f"{NAME}/1", cache=cache)
