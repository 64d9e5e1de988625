"""Redirects: followed to a limit, and never to where a module must not come from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from edgekit.errors import HandleError
from tests.hub.fetching import BODY, CUT, failure, failure_in, fetched
from tests.hub_server import HubServer, Page, hub_server


@pytest.fixture
def server() -> Iterator[HubServer]:
    with hub_server() as hub:
        yield hub


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("absolute", [True, False])
def test_redirects_are_followed(server: HubServer, tmp_path: Path, status: int, absolute: bool) -> None:
    server.serve("/b/file", Page(body=BODY, cut_after=CUT))
    to = f"{server.url}/b/file?key=1" if absolute else "../b/file?key=1"
    assert fetched(server.serve("/a/file", Page(redirect=to, redirect_status=status)), tmp_path) == BODY
    assert [request.path for request in server.requests] == ["/a/file", "/b/file"] * 2
    assert server.requests[1].query == "key=1"


def test_ten_redirects_are_followed_and_no_more(server: HubServer, tmp_path: Path) -> None:
    server.serve("/0", Page(body=BODY))
    for number in range(1, 12):
        server.serve(f"/{number}", Page(redirect=f"/{number - 1}"))
    assert fetched(f"{server.url}/10", tmp_path) == BODY
    assert "more than 10 times" in str(failure_in(tmp_path, f"{server.url}/11"))


def test_a_loop_of_redirects_ends(server: HubServer, tmp_path: Path) -> None:
    server.serve("/a", Page(redirect="/b"))
    error = failure(server.serve("/b", Page(redirect="/a")), tmp_path)
    assert isinstance(error, HandleError)
    assert len(server.requests) == 11


@pytest.mark.parametrize("to", ["file:///etc/passwd", "ftp://127.0.0.1/x", "gs://bucket/x", "http://[bad/"])
def test_redirects_to_other_schemes_are_refused(server: HubServer, tmp_path: Path, to: str) -> None:
    error = failure(server.serve("/file", Page(redirect=to)), tmp_path)
    assert isinstance(error, HandleError)
    assert "redirects" in str(error)
    assert len(server.requests) == 1


def test_the_body_of_a_redirect_is_not_read(server: HubServer, tmp_path: Path) -> None:
    server.serve("/b", Page(body=BODY))
    url = server.serve("/a", Page(redirect="/b", extra={"Content-Length": "1000"}))  # and none of it comes
    assert fetched(url, tmp_path, tries=1) == BODY
