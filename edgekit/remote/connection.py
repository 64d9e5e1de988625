"""Connections: an interpreter on a device, reached over ssh or as a process of this machine, that answers messages."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from importlib import resources
from typing import IO, Any

from numpy.typing import NDArray

from edgekit.adapters.device import PYTHON, Address, Device
from edgekit.adapters.runtime import runtimes
from edgekit.errors import ReachError, SessionError
from edgekit.remote.errors import DelegateRefusedError, RefusedError
from edgekit.remote.shared_memory import SharedMemory
from edgekit.remote.shim.arrays import Message, packed
from edgekit.remote.shim_archive import shim_archive
from edgekit.system.optional import require
from edgekit.system.printable import plain

TIMEOUT = 600.0
"""Seconds after which a device that still answers ssh, but not edgekit, is given up."""
START_TIMEOUT = 60.0
"""Seconds for Python to start there; that of a small board takes a few."""
CHATTER = re.compile(r"(INFO|VERBOSE|WARNING): |[IW]\d{4} ")
"""How a line of a runtime's log begins that tells of no error."""
LOG_READ = 4096
"""Bytes at the end of what ssh or Python wrote that are read."""
WORTH_KEEPING = 4096
"""Smaller arrays are sent each time."""

DOING = {"load": "loaded the model", "run": "ran the model", "run_each": "ran the model", "bench": "timed the model"}

Array = NDArray[Any]


class Connection:
    """An interpreter on a device.

    Attributes:
        address: Where it is.
        sent: Bytes of models and samples that were sent.
        facts: What it said of itself.
    """

    def __init__(self, address: Address, channel: Any, log: IO[bytes], shared: SharedMemory) -> None:
        self.address, self.sent = address, 0
        self._channel, self._log, self._shared = channel, log, shared
        self._start()
        packages = [runtime.PACKAGE for runtime in runtimes(PYTHON).values()]
        self.facts: Message = self.ask("hello", packages=packages)

    @property
    def packages(self) -> dict[str, str | None]:
        """The versions of the packages that it has; None of those that it lacks."""
        versions: dict[str, str | None] = self.facts["packages"]
        return versions

    @property
    def machine(self) -> str:
        """What it is, in words: its model or processor, architecture and cores."""
        facts = self.facts["machine"]
        parts = [facts["architecture"], f"{facts['cores']} cores", facts["model"] or facts["processor"]]
        return ", ".join(plain(str(text)) for text in parts if text)

    def ask(self, do: str, **arguments: Any) -> Any:
        """Send a message and return the answer.

        Raises:
            RefusedError: The device cannot do it.
            ReachError: The connection is lost, or the device's process died.
        """
        answer = self._answer({"do": do, "with": arguments}, do)
        if "delegate" in answer:
            raise DelegateRefusedError(plain(answer["delegate"]))
        if "refused" in answer:
            raise RefusedError(plain(answer["refused"]))
        if "failed" in answer:
            raise SessionError(f"{self.address}: {plain(answer['failed'])}")
        return answer["value"]

    def _start(self) -> None:
        """See that the shim is on the device, and run it."""
        archive = shim_archive()
        answer = self._answer(hashlib.sha256(archive).hexdigest(), "hello")
        if answer == "missing":
            self.sent += len(archive)
            answer = self._answer(archive, "hello")
        if answer != "kept":
            raise ReachError(f"{self.address}: {plain(str(answer))}")

    def _answer(self, message: Any, do: str) -> Any:
        """Send something, and return what comes back."""
        try:
            self._channel.send(message)
            return self._channel.receive(START_TIMEOUT if do == "hello" else TIMEOUT)
        except Exception as error:  # execnet's errors: the other side is gone, or failed as a whole
            raise ReachError(f"{self.address}: {self._what_happened(error, do)}") from error

    def keep(self, data: bytes) -> str:
        """See that data is on the device, and return its digest; what is there already is not sent."""
        digest = hashlib.sha256(data).hexdigest()
        if self.ask("missing", digests=[digest]):
            self.sent += len(data)
            self.ask("keep", digest=digest, data=data)
        return digest

    def packed(self, values: Mapping[str, Array]) -> Message:
        """Return arrays as they are sent: large ones by memory that is shared, or, far away, kept and sent once."""
        if not self.address.transport.IS_REMOTE:
            return self._shared.placed(values, lambda path: self.ask("share", path=path))
        arrays = {name: packed(value) for name, value in values.items()}
        large = {hashlib.sha256(array["data"]).hexdigest(): array for array in arrays.values() if _is_large(array)}
        missing = self.ask("missing", digests=list(large)) if large else []
        for digest in missing:
            self.sent += len(large[digest]["data"])
            self.ask("keep", digest=digest, data=large[digest]["data"])
        for digest, array in large.items():
            array["digest"], array["data"] = digest, None
        return arrays

    def _what_happened(self, error: Exception, do: str) -> str:
        """Say why the other side is gone, by what ssh or the interpreter there wrote last."""
        if "No module named 'numpy'" in str(error):
            return "the interpreter there has no numpy: install python3-numpy there"
        last_words = _last_line(self._log)
        if do == "hello":
            last = plain((str(error).strip().splitlines() or [type(error).__name__])[-1])
            return f"cannot be reached: {last_words or last}"
        if isinstance(error, self._channel.TimeoutError):
            return f"no answer to {do!r} in time"
        reason = last_words or "it crashed, or was killed"
        return f"the process there ended while it {DOING.get(do, 'was asked')}: {reason}"


@contextlib.contextmanager
def connect(address: Address, *, gateway: str, purpose: str | None = None) -> Iterator[Connection]:
    """Start an interpreter on a device, and end it.

    Args:
        address: Where it is.
        gateway: The address as execnet reads it.
        purpose: What the user wants, if that was not a device.

    Raises:
        MissingExtraError: What reaches devices is not installed.
        ReachError: It cannot be reached, or lacks what is needed; the message is that of ssh or of the interpreter.
    """
    execnet = require("execnet", asked=purpose or f"the device {address}", extra="remote")
    with tempfile.TemporaryFile() as log, contextlib.closing(SharedMemory()) as shared:
        group = execnet.Group()
        try:
            channel = _started(group, address, gateway, log)
            yield Connection(address, channel, log, shared)
        finally:
            with _stderr_to(log):  # execnet tells of a side that is gone already
                group.terminate(timeout=5.0)


def _started(group: Any, address: Address, gateway: str, log: IO[bytes]) -> Any:
    """Start the interpreter there, and the shim in it; return the channel that it answers on."""
    source = (resources.files("edgekit.remote") / "bootstrap.py").read_text(encoding="utf-8")
    channel: Future[Any] = Future()

    def start() -> None:
        try:
            channel.set_result(group.makegateway(gateway).remote_exec(source))
        except BaseException as error:
            channel.set_exception(error)

    # In a thread that nobody waits for at the end: execnet waits without limit for a side that says nothing.
    with _stderr_to(log):
        threading.Thread(target=start, daemon=True).start()
        try:
            return channel.result(START_TIMEOUT)
        except TimeoutError as error:
            raise ReachError(f"{address} cannot be reached: nothing came within {START_TIMEOUT:.0f} s") from error
        except Exception as error:  # of ssh, or of what is no Python, or whose shell says something before it
            raise ReachError(f"{address} cannot be reached: {_obstacle(error, log)}") from error


def _obstacle(error: Exception, log: IO[bytes]) -> str:
    last_words = _last_line(log)
    if last_words is not None and last_words.startswith("SyntaxError"):
        return "its Python is too old; 3.8 or newer is needed"
    if isinstance(error, AssertionError):
        return "the shell there prints something before Python starts, such as a greeting: silence it for ssh"
    return last_words or "what was started there does not answer as Python does"


@contextlib.contextmanager
def _stderr_to(log: IO[bytes]) -> Iterator[None]:
    """Let what is started here write to a file: ssh says there why it failed."""
    sys.stderr.flush()
    saved = os.dup(2)
    os.dup2(log.fileno(), 2)
    try:
        yield
    finally:
        sys.stderr.flush()
        os.dup2(saved, 2)
        os.close(saved)


def _last_line(log: IO[bytes]) -> str | None:
    """Return the last line that was written, without what would move a terminal's cursor."""
    log.seek(0, os.SEEK_END)
    log.seek(max(0, log.tell() - LOG_READ))
    text = log.read().decode(errors="replace")
    lines = [plain(line) for line in text.splitlines() if plain(line) and not CHATTER.match(line)]
    return lines[-1] if lines else None


def _is_large(value: Message) -> bool:
    return isinstance(value["data"], bytes) and len(value["data"]) > WORTH_KEEPING


def connection_of(device: Device) -> Connection:
    """Return a device as the interpreter that it is.

    Raises:
        SessionError: It is none.
    """
    if not isinstance(device, Connection):
        raise SessionError(f"{device.address} has no interpreter of Python")
    return device
