"""A model hub on loopback that really serves, by the protocol of TensorFlow Hub, and breaks in every way asked for."""

from __future__ import annotations

import contextlib
import hashlib
import http.server
import io
import re
import sys
import tarfile
import threading
import time
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path
from typing import ClassVar

SPEED = 1 << 16  # bytes a block
MODULE = "/module/1"


@dataclass(kw_only=True)
class Page:
    """What one path answers; the faults apply to its first ``faults`` requests and not after them."""

    body: bytes = b""
    faults: int = 1
    status: int | None = None  # answer this status
    cut_after: int | None = None  # close the connection after so many bytes
    stall_after: int | None = None  # send nothing more after so many bytes, and leave the connection open
    declare: int | None = None  # claim this Content-Length
    becomes: bytes | None = None  # the body after the faulty requests
    resume_with: int | None = None  # answer a Range from this offset instead
    # Not faults but habits, at every request:
    redirect: str | None = None
    redirect_status: int = 302
    delay: float = 0.0  # seconds before the answer
    ranges: bool = True
    piece: int | None = None  # answer a Range by at most so many bytes
    surplus: bytes = b""  # answer a Range by these beyond its end
    quiet: bool = False  # answer a Range without an ETag
    if_range: bool = True  # False: resumes whatever changed, but tells the new ETag
    etag: bool = True
    weak: bool = False
    modified: str | None = None
    length: bool = True  # False: chunked, without a Content-Length
    extra: dict[str, str] = field(default_factory=dict)
    login: str | None = None  # the Authorization that is asked for
    hub: bool = False  # only with ?tf-hub-format=compressed
    seen: int = 0

    def faulty(self) -> bool:
        return self.seen <= self.faults

    def content(self) -> bytes:
        return self.body if self.faulty() or self.becomes is None else self.becomes

    def tag(self) -> str:
        digest = '"' + hashlib.sha256(self.content()).hexdigest()[:16] + '"'
        return f"W/{digest}" if self.weak else digest


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request as it came."""

    path: str
    query: str
    headers: Message


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """Keep quiet about clients that hang up, as those under test do."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]  # as it came


class HubServer:
    """A server on 127.0.0.1 that records every request."""

    def __init__(self) -> None:
        self.pages: dict[str, Page] = {}
        self.requests: list[Request] = []
        self.lock = threading.Lock()
        self.stopped = threading.Event()
        handler = type("Handler", (_Handler,), {"hub": self})
        self.server = _Server(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def serve(self, path: str, page: Page) -> str:
        """Answer ``path`` by ``page`` and return its address."""
        self.pages[path] = page
        return self.url + path

    def serve_module(self, folder: Path, path: str = MODULE) -> str:
        """Serve a folder as the hub does: as .tar.gz, only to those who ask for the compressed format."""
        return self.serve(path, Page(body=packed(folder), hub=True))

    def asked(self, header: str) -> list[str | None]:
        """Return the values of one header over all requests."""
        return [request.headers.get(header) for request in self.requests]


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: ClassVar[HubServer]

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name that the base class gives it
        """Keep the output of the tests quiet."""

    def do_GET(self) -> None:
        address = urllib.parse.urlsplit(self.path)
        page = self.hub.pages.get(address.path)
        with self.hub.lock:
            self.hub.requests.append(Request(path=address.path, query=address.query, headers=self.headers))
            if page:
                page.seen += 1
        if page is None or (page.hub and "tf-hub-format=compressed" not in address.query.split("&")):
            self._say(404)
        elif page.login is not None and self.headers.get("Authorization") != page.login:
            self._say(401, {"WWW-Authenticate": "Basic"})
        elif page.redirect is not None:
            self._say(page.redirect_status, {"Location": page.redirect, **page.extra})
        else:
            time.sleep(page.delay)
            self._answer(page)

    def _answer(self, page: Page) -> None:
        if page.status is not None and page.faulty():
            self._say(page.status)
            return
        content, start = page.content(), self._start(page)
        if start and start >= len(content):
            self._say(416, {"Content-Range": f"bytes */{len(content)}"})
            return
        if start and page.resume_with is not None:
            start = page.resume_with
        end = len(content) if start is None or page.piece is None else min(start + page.piece, len(content))
        surplus = b"" if start is None else page.surplus
        self._headers(page, len(content), start, end)
        self._body(page, content[start or 0 : end] + surplus)

    def _start(self, page: Page) -> int | None:
        """Return where a Range starts, None when there is none to be honoured."""
        found = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if not found or not page.ranges:
            return None
        valid = self.headers.get("If-Range") in (page.tag(), page.modified)
        return int(found[1]) if valid or not page.if_range else None

    def _headers(self, page: Page, total: int, start: int | None, end: int) -> None:
        self.send_response(200 if start is None else 206)
        if start is not None:
            self.send_header("Content-Range", f"bytes {start}-{end - 1}/{total}")
        if page.etag and not (page.quiet and start is not None):
            self.send_header("ETag", page.tag())
        if page.modified:
            self.send_header("Last-Modified", page.modified)
        length = end - (start or 0) + (len(page.surplus) if start is not None else 0)
        if page.declare is not None and page.faulty():
            length = page.declare
        self.send_header(*(("Content-Length", str(length)) if page.length else ("Transfer-Encoding", "chunked")))
        for name, value in page.extra.items():
            self.send_header(name, value)
        self.end_headers()

    def _body(self, page: Page, data: bytes) -> None:
        stop = len(data)
        if page.faulty():
            stop = next((end for end in (page.cut_after, page.stall_after) if end is not None), stop)
        for begin in range(0, min(stop, len(data)), SPEED):
            self._send(page, data[begin : min(begin + SPEED, stop)])
        self.wfile.flush()
        if page.faulty() and page.stall_after is not None:
            self.hub.stopped.wait(30)
        broken = page.faulty() and (page.cut_after, page.stall_after, page.declare) != (None, None, None)
        if broken:
            self.close_connection = True
        elif not page.length:
            self.wfile.write(b"0\r\n\r\n")

    def _send(self, page: Page, block: bytes) -> None:
        self.wfile.write(block if page.length else b"%x\r\n%s\r\n" % (len(block), block))

    def _say(self, status: int, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": "0", **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()


@contextlib.contextmanager
def hub_server() -> Iterator[HubServer]:
    """Yield a running server."""
    hub = HubServer()
    thread = threading.Thread(target=hub.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        hub.stopped.set()
        hub.server.shutdown()
        hub.server.server_close()
        thread.join()


def packed(folder: Path) -> bytes:
    """Return a folder as the hub packs it: a .tar.gz of its content, without a top folder."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        tar.add(folder, arcname=".")
    return buffer.getvalue()
