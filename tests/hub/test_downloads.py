"""Downloads, against a server that breaks in every way."""

from __future__ import annotations

import os
import socket
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest

from edgekit.errors import HandleError, OutputError, ReachError
from edgekit.hub.downloads import download
from tests.hub.fetching import BODY, CUT, failure, failure_in, fetched
from tests.hub_server import HubServer, Page, hub_server

OTHER = os.urandom(280_000)
SECRET = "s3cret"


@pytest.fixture
def server() -> Iterator[HubServer]:
    with hub_server() as hub:
        yield hub


def test_a_file_arrives_whole(server: HubServer, tmp_path: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    url = server.serve("/file", Page(body=BODY))
    assert fetched(url, tmp_path, progress=lambda done, total: seen.append((done, total))) == BODY
    assert seen[-1] == (len(BODY), len(BODY))
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert server.asked("Accept-Encoding") == ["identity"]


def test_an_empty_file_arrives(server: HubServer, tmp_path: Path) -> None:
    assert fetched(server.serve("/file", Page()), tmp_path) == b""


def test_an_older_target_is_replaced_only_by_a_whole_one(server: HubServer, tmp_path: Path) -> None:
    (tmp_path / "target").write_bytes(b"old")
    with pytest.raises(ReachError):
        fetched(server.serve("/bad", Page(body=BODY, cut_after=CUT, faults=9, ranges=False)), tmp_path)
    assert (tmp_path / "target").read_bytes() == b"old"
    assert fetched(server.serve("/good", Page(body=BODY)), tmp_path) == BODY


@pytest.mark.parametrize("fault", ["cut_after", "stall_after"])
def test_what_breaks_off_is_resumed(server: HubServer, tmp_path: Path, fault: str) -> None:
    page = Page(body=BODY, cut_after=CUT) if fault == "cut_after" else Page(body=BODY, stall_after=CUT)
    assert fetched(server.serve("/file", page), tmp_path) == BODY
    first, second = server.asked("Range")
    assert first is None
    assert second is not None
    assert 0 < int(second.removeprefix("bytes=").removesuffix("-")) <= CUT
    assert server.asked("If-Range") == [None, page.tag()]


def test_the_date_serves_where_no_strong_etag_is(server: HubServer, tmp_path: Path) -> None:
    date = "Wed, 21 Oct 2015 07:28:00 GMT"
    page = Page(body=BODY, cut_after=CUT, weak=True, modified=date)
    assert fetched(server.serve("/file", page), tmp_path) == BODY
    assert server.asked("If-Range") == [None, date]


def test_an_answer_without_an_etag_does_not_end_resuming(server: HubServer, tmp_path: Path) -> None:
    page = Page(body=BODY, cut_after=1 << 17, faults=2, quiet=True)
    assert fetched(server.serve("/file", page), tmp_path) == BODY
    assert server.asked("Range") == [None, f"bytes={1 << 17}-", f"bytes={2 << 17}-"]
    assert server.asked("If-Range") == [None, page.tag(), page.tag()]


def test_nothing_is_resumed_without_a_way_to_tell_changes(server: HubServer, tmp_path: Path) -> None:
    assert fetched(server.serve("/file", Page(body=BODY, cut_after=CUT, etag=False)), tmp_path) == BODY
    assert server.asked("Range") == [None, None]


def test_a_server_that_ignores_range_starts_from_zero(server: HubServer, tmp_path: Path) -> None:
    assert fetched(server.serve("/file", Page(body=BODY, cut_after=CUT, ranges=False)), tmp_path) == BODY


@pytest.mark.parametrize("if_range", [True, False])
def test_changed_content_is_not_stitched_together(server: HubServer, tmp_path: Path, if_range: bool) -> None:
    page = Page(body=BODY, cut_after=CUT, becomes=OTHER, if_range=if_range)
    assert fetched(server.serve("/file", page), tmp_path) == OTHER
    same_length = Page(body=BODY, cut_after=CUT, becomes=BODY[::-1], if_range=if_range)
    assert fetched(server.serve("/same", same_length), tmp_path) == BODY[::-1]


def test_a_resume_from_the_wrong_place_starts_from_zero(server: HubServer, tmp_path: Path) -> None:
    kept = 2 << 16  # whole blocks, so that all of them are kept; what comes instead fits in length
    page = Page(body=BODY, cut_after=kept, resume_with=7, piece=len(BODY) - kept)
    assert fetched(server.serve("/file", page), tmp_path) == BODY
    assert server.asked("Range") == [None, f"bytes={kept}-", None]


def test_a_refused_range_at_the_end_means_all_is_there(server: HubServer, tmp_path: Path) -> None:
    body = BODY[: 1 << 18]  # whole blocks, so that all of them are kept when the end of the chunks is missing
    page = Page(body=body, cut_after=len(body), length=False)
    assert fetched(server.serve("/file", page), tmp_path) == body
    assert server.asked("Range") == [None, f"bytes={len(body)}-"]


def test_a_refused_range_elsewhere_starts_from_zero(server: HubServer, tmp_path: Path) -> None:
    page = Page(body=BODY, cut_after=CUT, length=False, becomes=BODY[:1000], if_range=False)
    assert fetched(server.serve("/file", page), tmp_path) == BODY[:1000]


def test_a_connection_that_always_breaks_fails_after_all_tries(server: HubServer, tmp_path: Path) -> None:
    url = server.serve("/file", Page(body=BODY, cut_after=1000, faults=99, ranges=False))
    error = failure(url, tmp_path)
    assert isinstance(error, ReachError)
    assert "was cut after 1,000 of 300,000 bytes (tried 3 times)" in str(error)
    assert "tried 3 times" in str(error)
    assert len(server.requests) == 3


def test_a_server_that_never_answers_fails_in_time(server: HubServer, tmp_path: Path) -> None:
    start = time.monotonic()
    error = failure(server.serve("/file", Page(delay=5)), tmp_path, tries=2)
    assert isinstance(error, ReachError)
    assert "no answer within 0.3 s" in str(error)
    assert time.monotonic() - start < 4


def test_a_body_shorter_than_declared_is_an_error(server: HubServer, tmp_path: Path) -> None:
    url = server.serve("/file", Page(body=BODY, declare=len(BODY) + 1, faults=99, ranges=False))
    error = failure(url, tmp_path)
    assert isinstance(error, ReachError)
    assert "of 300,001 bytes" in str(error)
    assert fetched(server.serve("/once", Page(body=BODY, declare=len(BODY) + 1, ranges=False)), tmp_path) == BODY


def test_a_resumed_body_longer_than_declared_is_an_error(server: HubServer, tmp_path: Path) -> None:
    # The range says where the file ends, and the length of this answer goes beyond it.
    page = Page(body=BODY, cut_after=CUT, becomes=BODY + b"more", declare=len(BODY), etag=False, modified="x")
    assert fetched(server.serve("/file", page), tmp_path) == BODY + b"more"
    assert server.asked("Range")[1] is not None
    assert server.asked("Range")[2] is None


def test_a_range_with_more_than_it_declares_is_an_error(server: HubServer, tmp_path: Path) -> None:
    assert fetched(server.serve("/file", Page(body=BODY, cut_after=CUT, surplus=b"more")), tmp_path) == BODY
    assert len(server.requests) == 3


def test_a_range_that_ends_too_early_is_resumed_too(server: HubServer, tmp_path: Path) -> None:
    url = server.serve("/file", Page(body=BODY, cut_after=CUT, piece=100_000))
    assert fetched(url, tmp_path, tries=5) == BODY
    error = failure_in(tmp_path, server.serve("/slow", Page(body=BODY, cut_after=CUT, piece=1000)))
    assert isinstance(error, ReachError)
    assert "ended too early after" in str(error)


def test_an_encoding_is_not_undone(server: HubServer, tmp_path: Path) -> None:
    page = Page(body=b"\x1f\x8b as it came", extra={"Content-Encoding": "gzip"})
    assert fetched(server.serve("/file", page), tmp_path) == page.body


@pytest.mark.parametrize("length", [True, False])
def test_what_is_too_large_is_refused(server: HubServer, tmp_path: Path, length: bool) -> None:
    url = server.serve("/file", Page(body=BODY, length=length))
    error = failure(url, tmp_path, limit=len(BODY) - 1)
    assert isinstance(error, HandleError)
    assert "larger than 299,999 bytes" in str(error)
    if length:
        with pytest.raises(HandleError, match="larger"):
            fetched(url, tmp_path, progress=lambda done, total: pytest.fail("fetched in part"), limit=CUT)
    assert len(server.requests) == 1 + length
    assert fetched(url, tmp_path, limit=len(BODY)) == BODY


@pytest.mark.parametrize("status", [401, 403, 404, 410, 204, 304, 418])
def test_what_is_not_there_is_not_asked_for_again(server: HubServer, tmp_path: Path, status: int) -> None:
    error = failure(server.serve("/gone", Page(status=status, faults=99)), tmp_path)
    assert isinstance(error, HandleError)
    assert error.exit_code == 2
    assert f"{server.url}/gone" in str(error)
    assert str(status) in str(error)
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_server_in_trouble_is_asked_again(server: HubServer, tmp_path: Path, status: int) -> None:
    assert fetched(server.serve("/file", Page(body=BODY, status=status, faults=2)), tmp_path) == BODY
    error = failure_in(tmp_path, server.serve("/never", Page(status=status, faults=99)))
    assert isinstance(error, ReachError)
    assert error.exit_code == 4
    assert f"answered {status}" in str(error)


def test_tries_are_further_and_further_apart(server: HubServer, tmp_path: Path) -> None:
    start = time.monotonic()
    with pytest.raises(ReachError):
        download(server.serve("/x", Page(status=500, faults=9)), tmp_path / "target", tries=4, pause=0.05)
    assert time.monotonic() - start >= 0.05 + 0.1 + 0.2


@pytest.mark.parametrize("url", ["http://", "http://:80/x", "http://a..b/x", "ftp://127.0.0.1/x", "http://[::1/x", "x"])
def test_addresses_that_cannot_be_are_handle_errors(tmp_path: Path, url: str) -> None:
    assert isinstance(failure(url, tmp_path), HandleError)


def test_a_refused_connection_is_a_reach_error(tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        error = failure(f"http://127.0.0.1:{unused.getsockname()[1]}/ssl-timeout", tmp_path)
    assert isinstance(error, ReachError)
    assert "the connection was refused" in str(error)


def test_an_unknown_host_is_a_reach_error(tmp_path: Path) -> None:
    error = failure("http://no-such-host.invalid/module", tmp_path, tries=1)
    assert isinstance(error, ReachError)
    assert "http://no-such-host.invalid/module" in str(error)


def test_plain_http_behind_https_is_a_reach_error(server: HubServer, tmp_path: Path) -> None:
    error = failure(server.url.replace("http:", "https:") + "/x", tmp_path, tries=1)
    assert isinstance(error, ReachError)
    assert "TLS" in str(error)


def test_a_target_that_cannot_be_written_is_an_output_error(server: HubServer, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot write"):
        download(server.serve("/file", Page(body=BODY)), tmp_path / "none" / "target", pause=0)


def test_no_message_holds_a_secret(server: HubServer, tmp_path: Path) -> None:
    address = server.url.replace("://", f"://user:{SECRET}@")
    server.serve("/cut", Page(body=BODY, cut_after=CUT, faults=9, ranges=False))
    server.serve("/500", Page(status=500, faults=9))
    server.serve("/stall", Page(body=BODY, stall_after=10, faults=9))
    server.serve("/loop", Page(redirect=f"/loop?key={SECRET}"))
    server.serve("/ftp", Page(redirect=f"ftp://user:{SECRET}@127.0.0.1/?key={SECRET}"))
    server.serve("/bad", Page(redirect=f"http://user:{SECRET}@[bad/?key={SECRET}"))
    unreachable = f"http://user:{SECRET}@no-such-host.invalid"
    other = f"ftp://user:{SECRET}@127.0.0.1/x"
    urls = [
        f"{address}/{name}?token={SECRET}#{SECRET}" for name in ("cut", "500", "404", "stall", "loop", "ftp", "bad")
    ]
    for url in [
        *urls,
        other,
        f"{unreachable}/x?key={SECRET}",
        f"http://user:{SECRET}@[bad/",
        f"http://u:{SECRET}@h:port/",
    ]:
        error = failure(url, tmp_path, tries=1)
        assert SECRET not in "".join(traceback.format_exception(error)), url
