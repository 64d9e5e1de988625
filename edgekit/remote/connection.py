"""Connections: an interpreter on a device, reached over ssh or as a process of this machine, that answers messages."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from importlib import resources
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from edgekit.errors import ReachError, SessionError
from edgekit.frameworks import require
from edgekit.remote.address import Address

PACKAGES = ["ai-edge-litert", "tflite-runtime", "onnxruntime"]
SSH_CONFIG = "EDGEKIT_SSH_CONFIG"
"""Environment variable: a configuration file for ssh, in place of the user's own."""
SSH_OPTIONS = (
    "BatchMode=yes",  # it never asks: neither for a password nor whether a host key is right
    "ConnectTimeout=10",
    "ServerAliveInterval=5",
    "ServerAliveCountMax=3",
)
TIMEOUT = 600.0
"""Seconds after which a device that still answers ssh, but not edgekit, is given up."""
WORTH_KEEPING = 4096
"""Smaller arrays are sent each time."""

Array = NDArray[Any]


class RefusedError(RuntimeError):
    """What the device said that it cannot do."""


class Connection:
    """An interpreter on a device.

    Attributes:
        address: Where it is.
        sent: Bytes of models and samples that were sent.
        facts: What it said of itself.
    """

    def __init__(self, address: Address, channel: Any, log: IO[bytes]) -> None:
        self.address, self.sent = address, 0
        self._channel, self._log = channel, log
        self.facts: dict[str, Any] = self.ask("hello", packages=PACKAGES)

    @property
    def packages(self) -> dict[str, str | None]:
        """The versions of the packages that it has; None of those that it lacks."""
        found: dict[str, str | None] = self.facts["packages"]
        return found

    @property
    def machine(self) -> str:
        """What it is, in words: its model or processor, architecture and cores."""
        facts = self.facts["machine"]
        parts = [facts["architecture"], f"{facts['cores']} cores", facts["model"] or facts["processor"]]
        return ", ".join(str(part) for part in parts if part)

    def ask(self, do: str, **arguments: Any) -> Any:
        """Send a message and return the answer.

        Raises:
            RefusedError: The device cannot do it.
            ReachError: The connection is lost, or the device's process died.
        """
        try:
            self._channel.send({"do": do, "with": arguments})
            answer = self._channel.receive(TIMEOUT)
        except Exception as error:  # execnet's errors: the other side is gone, or failed as a whole
            raise ReachError(f"{self.address}: {self._what_happened(error, do)}") from error
        if "refused" in answer:
            raise RefusedError(answer["refused"])
        if "failed" in answer:
            raise SessionError(f"{self.address}: {answer['failed']}")
        return answer["value"]

    def keep(self, data: bytes) -> str:
        """See that data is on the device, and return its digest; what is there already is not sent."""
        digest = hashlib.sha256(data).hexdigest()
        if self.ask("missing", digests=[digest]):
            self.sent += len(data)
            self.ask("keep", digest=digest, data=data)
        return digest

    def packed(self, values: Mapping[str, Array]) -> dict[str, Any]:
        """Return arrays as they are sent; on another machine large ones are kept, and only their digests sent."""
        made = {name: _packed(value) for name, value in values.items()}
        if self.address.kind == "popen":
            return made
        large = {hashlib.sha256(each["data"]).hexdigest(): each for each in made.values() if _is_large(each)}
        for digest in self.ask("missing", digests=list(large)) if large else []:
            self.sent += len(large[digest]["data"])
            self.ask("keep", digest=digest, data=large[digest]["data"])
        for digest, each in large.items():
            each["digest"], each["data"] = digest, None
        return made

    def _what_happened(self, error: Exception, do: str) -> str:
        """Say why the other side is gone, by what ssh or the interpreter there wrote last."""
        if "No module named 'numpy'" in str(error):
            return "the interpreter there has no numpy: install python3-numpy there"
        told = _last_line(self._log) or (str(error).strip().splitlines() or [type(error).__name__])[-1]
        if do == "hello":
            return f"cannot be reached: {told}"
        if isinstance(error, TimeoutError):
            return f"no answer to {do!r} within {TIMEOUT:.0f} s"
        doing = {"load": "loaded the model", "run": "ran the model", "bench": "measured the model"}
        return f"the process there ended while it {doing.get(do, 'was asked')}: {told}"


@contextlib.contextmanager
def connect(address: Address) -> Iterator[Connection]:
    """Start an interpreter on a device, and end it.

    Raises:
        ReachError: It cannot be reached, or lacks what is needed; the message is that of ssh or of the interpreter.
    """
    execnet = require("execnet", asked=f"--device {address}", extra="remote")
    with tempfile.TemporaryFile() as log:
        group = execnet.Group()
        try:
            with _stderr_to(log):
                gateway = group.makegateway(_spec(address))
            source = (resources.files("edgekit.remote") / "shim.py").read_text(encoding="utf-8")
            try:
                channel = gateway.remote_exec(source)
            except OSError as error:  # there is no Python there, or not for us: execnet has not looked
                told = _last_line(log) or str(error)
                if told.startswith("SyntaxError"):
                    told = "its Python is too old; 3.8 or newer is needed"
                raise ReachError(f"{address} cannot be reached: {told}") from error
            yield Connection(address, channel, log)
        except execnet.HostNotFound as error:
            raise ReachError(f"{address} cannot be reached: {_last_line(log) or 'ssh gave no reason'}") from error
        finally:
            with _stderr_to(log):  # execnet tells of a side that is gone already
                group.terminate(timeout=5.0)


def _spec(address: Address) -> str:
    if address.kind == "popen":
        return f"popen//python={address.target}"
    options = [f"-o {option}" for option in SSH_OPTIONS] + ([f"-p {address.port}"] if address.port else [])
    config = os.environ.get(SSH_CONFIG)
    return f"ssh={' '.join(options)} {address.target}//python=python3{f'//ssh_config={config}' if config else ''}"


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
    log.seek(0)
    lines = [line.strip() for line in log.read().decode(errors="replace").splitlines() if line.strip()]
    return lines[-1] if lines else None


def _is_large(value: Mapping[str, Any]) -> bool:
    return isinstance(value["data"], bytes) and len(value["data"]) > WORTH_KEEPING


def _packed(values: Array) -> dict[str, Any]:
    """Return an array as it is sent."""
    if values.dtype.kind in "OSU":
        return {"dtype": "string", "shape": list(values.shape), "data": [bytes(each) for each in values.ravel()]}
    return {"dtype": values.dtype.name, "shape": list(values.shape), "data": np.ascontiguousarray(values).tobytes()}


def unpacked(value: Mapping[str, Any]) -> Array:
    """Return an array that was sent."""
    if value["dtype"] == "string":
        return np.array(value["data"], object).reshape(value["shape"])
    return np.frombuffer(value["data"], value["dtype"]).reshape(value["shape"])
