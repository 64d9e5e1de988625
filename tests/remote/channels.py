"""Connections to a shim that runs in the tests' own process."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from edgekit.adapters.device import Address
from edgekit.remote.connection import Connection
from edgekit.remote.shared_memory import SharedMemory

HELLO = {
    "python": "3.8.1",
    "numpy": "1.17.4",
    "packages": {"tflite-runtime": "2.10.0", "onnxruntime": None},
    "machine": {"architecture": "aarch64", "cores": 4, "model": "Pi\0 4\n", "processor": None, "memory": 1 << 30},
    "state": {"celsius": 50.5, "mhz": 1500.0, "throttled": False},
}


class Channel:
    """What execnet's channel is to a connection; each action answers, or raises.

    Args:
        actions: What a message is answered with, by its name.
        first: What the bootstrap answers to the digest of the shim.
    """

    TimeoutError = TimeoutError

    def __init__(self, actions: dict[str, Callable[..., Any]], *, first: str = "kept") -> None:
        self.actions = {"hello": lambda packages: {"value": HELLO}, **actions}
        self.first, self.messages = first, list[Any]()
        self.answer: Any = None

    def send(self, message: Any) -> None:
        self.messages.append(message)
        if isinstance(message, str):
            self.answer = self.first
        elif isinstance(message, bytes):
            self.answer = "kept"
        else:
            self.answer = self.actions[message["do"]](**message["with"])

    def receive(self, timeout: float) -> Any:
        return self.answer


def connected(
    channel: Channel, *, address: Address | None = None, log: bytes = b"", shared: SharedMemory | None = None
) -> Connection:
    """Return a connection over a channel, whose other side wrote a log."""
    address = address or Address(kind="ssh", target="//board")
    return Connection(address, channel, io.BytesIO(log), shared or SharedMemory())
