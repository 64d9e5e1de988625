"""Downloads over HTTP: resumed when the connection breaks, checked against what the server declared.

No message and no file names an address but through `public_url`, and errors of the libraries below, whose texts quote
whole addresses, are not chained.
"""

from __future__ import annotations

import os
import re
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from edgekit._version import __version__
from edgekit.errors import HandleError, OutputError, ReachError
from edgekit.hub.addresses import login_headers, public_url, redirected, token_variable

if TYPE_CHECKING:
    import requests

Progress = Callable[[int, int | None], None]
"""Called with the bytes done so far and the total, None where the server does not tell it."""

CHUNK = 1 << 16
MAX_REDIRECTS = 10  # ours to choose: browsers follow 20 (the Fetch standard)
REDIRECTS = frozenset({301, 302, 303, 307, 308})  # RFC 9110, 15.4: those that lead elsewhere by Location
MAX_BYTES = 8 << 30  # ours to choose: far above any module that fits a phone, and below what fills a disk
WORTH_ANOTHER_TRY = frozenset({408, 425, 429})  # RFC 9110, 8470 and 6585: come again; and all of 500 to 599


class _InterruptedTryError(Exception):
    """A try that failed in a way that the next one may not."""


def download(
    url: str,
    target: Path,
    *,
    progress: Progress | None = None,
    timeout: float = 30.0,
    tries: int = 4,
    pause: float = 0.5,
    limit: int = MAX_BYTES,
) -> None:
    """Fetch ``url`` into the file ``target``, which appears whole or not at all.

    A try that breaks off is resumed where it stopped (RFC 9110, Range and If-Range) if the server can, and only if the
    content is still the same. A ``Content-Encoding`` is not decoded. What a server sends beyond its ``Content-Length``
    is by HTTP no part of the body and is not seen here.

    Args:
        url: An http or https address.
        target: Written by way of ``target`` + ``.part`` beside it.
        progress: Called after each block.
        timeout: Seconds without any byte after which a try is given up.
        tries: How often to try in all.
        pause: Seconds before the second try, doubled before each one after it.
        limit: The most bytes to accept.

    Raises:
        HandleError: Nothing to fetch is at the address, it may not be fetched, or it is too large.
        ReachError: The server cannot be reached, or failed at every try.
        OutputError: ``target`` cannot be written.
    """
    partial = target.with_name(target.name + ".part")
    try:
        _try_often(_Download(url, partial, progress, timeout, limit), tries=tries, pause=pause)
        os.replace(partial, target)
    except OSError as error:
        raise OutputError(f"cannot write {target}: {error.strerror or error}", path=target) from error
    finally:
        partial.unlink(missing_ok=True)


def _try_often(fetch: _Download, *, tries: int, pause: float) -> None:
    import requests  # heavy

    problem = "it was not tried"
    with requests.Session() as session:
        # Redirects are followed here: requests reads their bodies, which may be endless, even when told not to follow.
        session.get_redirect_target = lambda _: None  # type: ignore[assignment, method-assign]  # of this one
        for attempt in range(tries):
            if attempt:
                time.sleep(pause * 2 ** (attempt - 1))
            try:
                fetch.attempt(session)
                return
            except _InterruptedTryError as error:
                problem = f"{error}{fetch.arrived()}"
    raise ReachError(
        f"cannot fetch {public_url(fetch.url)}: {problem} (tried {tries} times); try again later, or download it "
        "by other means and give the file or folder in place of the address"
    )


@dataclass
class _Download:
    """One file on its way: what arrived so far, and what it takes to go on from there."""

    url: str
    partial: Path
    progress: Progress | None
    timeout: float
    limit: int
    have: int = 0
    total: int | None = None
    validator: tuple[str, str] | None = None  # the header that says whether the content is still the same, its value

    def attempt(self, session: requests.Session) -> None:
        """Try once, from where the last try stopped.

        Raises:
            _InterruptedTryError: Another try may succeed.
            HandleError: No try will.
        """
        with self._answer(session) as response:
            self._check_status(response.status_code)
            if response.status_code == 416:
                self._end_where_refused(response)
            else:
                self._begin(response)
                self._receive(response)

    def arrived(self) -> str:
        total = f" of {self.total:,}" if self.total else ""
        return f" after {self.have:,}{total} bytes" if self.have else ""

    def _answer(self, session: requests.Session) -> requests.Response:
        """Return the answer at the end of all redirects, its body not yet read."""
        url = self.url
        for _ in range(MAX_REDIRECTS + 1):
            response = self._get(session, url)
            location = response.headers.get("Location")
            if location is None or response.status_code not in REDIRECTS:
                return response
            response.close()
            # Bytes that http.client took for Latin-1, and that browsers take for UTF-8.
            url = redirected(url, location.encode("latin-1", "replace").decode(errors="replace"))
        raise HandleError(f"{public_url(self.url)} redirects more than {MAX_REDIRECTS} times: check the address")

    def _get(self, session: requests.Session, url: str) -> requests.Response:
        import requests  # heavy

        try:
            return session.get(
                url, headers=self._headers(url), stream=True, timeout=self.timeout, allow_redirects=False
            )
        except ValueError:  # what requests calls an invalid URL is a ValueError as well
            raise HandleError(f"{public_url(url)} is not a valid http or https address") from None
        except requests.RequestException as error:
            raise self._interruption(error) from None

    def _headers(self, url: str) -> dict[str, str]:
        headers = {"Accept-Encoding": "identity", "User-Agent": f"edgekit/{__version__}", **login_headers(url)}
        if self.have and self.validator:
            headers |= {"Range": f"bytes={self.have}-", "If-Range": self.validator[1]}
        return headers

    def _interruption(self, error: Exception) -> _InterruptedTryError:
        """Say what broke in words of our own, as the texts of the libraries quote the address."""
        reasons: dict[type[Exception], str] = {
            TimeoutError: f"no answer within {self.timeout:g} s",
            ConnectionRefusedError: "the connection was refused",
            socket.gaierror: "the name of its host cannot be resolved",
            ssl.SSLError: "the TLS connection failed, or its certificate is not trusted",
        }
        causes = tuple(_causes(error))
        for kind, reason in reasons.items():
            if any(isinstance(cause, kind) for cause in causes):
                return _InterruptedTryError(reason)
        return _InterruptedTryError("the connection failed or was cut")

    def _check_status(self, status: int) -> None:
        if status in (200, 206) or (status == 416 and self.have):
            return
        if status in WORTH_ANOTHER_TRY or status >= 500:
            raise _InterruptedTryError(f"the server answered {status}")
        name = token_variable(self.url)
        advice = {
            401: f"it asks for a login: put it into ~/.netrc, or a token into the variable {name}",
            403: "it may not be read",
            404: "nothing is there",
            410: "it is gone",
        }
        raise HandleError(
            f"{public_url(self.url)} cannot be fetched, the server answered {status}: "
            f"{advice.get(status, 'it gives no file')}; check the address, or download it by other means"
        )

    def _begin(self, response: requests.Response) -> None:
        """Go on where the last try stopped if the answer does so too, else start from zero."""
        if response.status_code == 206:
            self._check_range(response)
        else:
            self.have, self.validator = 0, None
            self.total = _number(response.headers.get("Content-Length"))
        self.validator = _validator(response) or self.validator  # a 206 may leave it out
        if (self.total or 0) > self.limit:
            raise self._too_large()

    def _check_range(self, response: requests.Response) -> None:
        content_range = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("Content-Range", ""))
        total = _number(content_range[2]) if content_range else None
        same_content = self.have == 0 or _validator(response) in (None, self.validator)
        same_length = total is None or self.total in (None, total)
        if not (content_range and int(content_range[1]) == self.have and same_content and same_length):
            raise self._from_zero("the server resumed with something else")
        self.total = total or self.total

    def _end_where_refused(self, response: requests.Response) -> None:
        """Take a refused range for the end when all bytes are there already: only their number was not known."""
        if response.headers.get("Content-Range") != f"bytes */{self.have}":
            raise self._from_zero("the server refused to resume")

    def _from_zero(self, reason: str) -> _InterruptedTryError:
        self.have, self.total, self.validator = 0, None, None
        return _InterruptedTryError(reason)

    def _too_large(self) -> HandleError:
        return HandleError(f"{public_url(self.url)} is larger than {self.limit:,} bytes, the most that is fetched")

    def _receive(self, response: requests.Response) -> None:
        with self.partial.open("ab") as file:
            file.truncate(self.have)
            for block in self._blocks(response.raw):
                self._keep(file, block)
        if self.total is not None and self.have < self.total:
            raise _InterruptedTryError("the answer ended too early")

    def _keep(self, file: IO[bytes], block: bytes) -> None:
        self.have += len(block)
        if self.have > self.limit:
            raise self._too_large()
        if self.total is not None and self.have > self.total:
            raise self._from_zero(f"the server sent more than the {self.total:,} bytes that it declared")
        file.write(block)
        if self.progress:
            self.progress(self.have, self.total)

    def _blocks(self, raw: Any) -> Iterator[bytes]:
        import urllib3  # heavy

        while True:
            try:
                block = raw.read(CHUNK, decode_content=False)
            except (urllib3.exceptions.HTTPError, OSError) as error:
                raise self._interruption(error) from None
            if not block:
                return
            yield block


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__context__


def _number(text: str | None) -> int | None:
    return int(text) if text and re.fullmatch(r"[0-9]{1,18}", text) else None


def _validator(response: requests.Response) -> tuple[str, str] | None:
    """Return what If-Range may ask for: a strong ETag, else the date of the last change (RFC 9110, 13.1.5)."""
    etag, date = response.headers.get("ETag", ""), response.headers.get("Last-Modified", "")
    if re.fullmatch(r'"[!#-~]*"', etag):
        return "ETag", etag
    return ("Last-Modified", date) if date and date.isprintable() else None
