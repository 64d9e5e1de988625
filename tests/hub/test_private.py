"""Servers that ask for a login: secrets come from the environment or netrc, and go to just their host."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from edgekit.errors import HandleError, ReachError
from edgekit.hub.addresses import token_variable
from edgekit.hub.handles import resolve
from tests.hub.fetching import BODY, failure_in, fetched
from tests.hub_server import HubServer, Page, hub_server

SECRET = "not-to-be-shown"  # the tests look for it where it must not be
BEARER = f"Bearer {SECRET}"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[HubServer]:
    monkeypatch.setenv("NETRC", str(tmp_path / "no-netrc"))
    with hub_server() as hub:
        yield hub


def test_a_token_of_the_environment(server: HubServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert token_variable(server.url) == "EDGEKIT_TOKEN_127_0_0_1"
    monkeypatch.setenv("EDGEKIT_TOKEN_127_0_0_1", SECRET)
    url = server.serve("/private", Page(body=BODY, login=BEARER))
    (tmp_path / "fetched").mkdir()
    assert fetched(url, tmp_path / "fetched") == BODY


def test_a_login_of_netrc(server: HubServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "netrc").write_text(f"machine 127.0.0.1 login me password {SECRET}\n")
    (tmp_path / "netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    url = server.serve("/private", Page(body=BODY, login="Basic bWU6bm90LXRvLWJlLXNob3du"))
    (tmp_path / "fetched").mkdir()
    assert fetched(url, tmp_path / "fetched") == BODY


def test_a_login_that_is_missing_or_wrong(server: HubServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    url = server.serve("/private", Page(body=BODY, login=BEARER))
    message = str(failure_in(tmp_path, url))
    assert "asks for a login: put it into ~/.netrc, or a token into the variable EDGEKIT_TOKEN_127_0_0_1" in message
    monkeypatch.setenv("EDGEKIT_TOKEN_127_0_0_1", "wrong-" + SECRET)
    (tmp_path / "again").mkdir()
    assert SECRET not in str(failure_in(tmp_path / "again", url))


def test_a_token_does_not_follow_a_redirect_to_another_host(
    server: HubServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("EDGEKIT_TOKEN_127_0_0_1", SECRET)
    server.serve("/file", Page(body=BODY))
    other = server.url.replace("127.0.0.1", "localhost")
    url = server.serve("/private", Page(redirect=f"{other}/file", login=BEARER))
    (tmp_path / "fetched").mkdir()
    assert fetched(url, tmp_path / "fetched") == BODY
    assert server.asked("Authorization") == [BEARER, None]


def test_a_token_is_not_sent_in_clear_over_a_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EDGEKIT_TOKEN_MODELS_INVALID", SECRET)
    with pytest.raises(HandleError, match="EDGEKIT_TOKEN_MODELS_INVALID is sent over https only"):
        fetched("http://models.invalid/m", tmp_path)


def test_the_cache_keeps_no_secret(server: HubServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EDGEKIT_TOKEN_127_0_0_1", SECRET)
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "saved_model.pb").write_bytes(b"x")
    server.serve_module(tmp_path / "m", "/m/1")
    server.pages["/m/1"].login = BEARER
    resolve(server.url + "/m/1", cache=tmp_path / "cache")
    for path in (tmp_path / "cache").rglob("*"):
        assert SECRET not in str(path)
        assert not path.is_file() or SECRET.encode() not in path.read_bytes()


def test_offline_only_the_cache_is_used(server: HubServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "saved_model.pb").write_bytes(b"x")
    url = server.serve_module(tmp_path / "m", "/m/1")
    kept = resolve(url, cache=tmp_path / "cache")
    monkeypatch.setenv("EDGEKIT_OFFLINE", "1")
    assert resolve(url, cache=tmp_path / "cache") == kept
    with pytest.raises(ReachError, match="is not in the cache, and nothing is fetched while EDGEKIT_OFFLINE is set"):
        resolve(server.serve_module(tmp_path / "m", "/m/2"), cache=tmp_path / "cache")
    assert len(server.requests) == 1
