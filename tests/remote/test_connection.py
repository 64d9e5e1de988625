"""A connection sends what is not there yet, and tells whose fault it is that nothing comes back."""

from __future__ import annotations

import hashlib
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from edgekit.adapters.device import Address
from edgekit.errors import ReachError, SessionError
from edgekit.remote.connection import WORTH_KEEPING, connection_of
from edgekit.remote.errors import DelegateRefusedError, RefusedError
from edgekit.remote.shim_archive import shim_archive
from tests.remote.channels import Channel, connected


class Store:
    """What a device keeps."""

    def __init__(self) -> None:
        self.data: dict[str, bytes] = {}

    def missing(self, digests: list[str]) -> dict[str, Any]:
        return {"value": [digest for digest in digests if digest not in self.data]}

    def keep(self, digest: str, data: bytes) -> dict[str, Any]:
        self.data[digest] = data
        return {"value": None}

    @property
    def actions(self) -> dict[str, Any]:
        return {"missing": self.missing, "keep": self.keep}


def test_the_shim_is_sent_where_it_is_missing() -> None:
    assert connected(Channel({})).sent == 0
    channel = Channel({}, first="missing")
    assert connected(channel).sent == len(shim_archive())
    assert channel.messages[:2] == [hashlib.sha256(shim_archive()).hexdigest(), shim_archive()]
    with pytest.raises(ReachError, match="ssh://board: cannot write there"):
        connected(Channel({}, first="cannot write there"))


def test_what_it_is_in_words() -> None:
    connection = connected(Channel({}))
    assert connection.machine == "aarch64, 4 cores, Pi  4"
    assert connection.packages == {"tflite-runtime": "2.10.0", "onnxruntime": None}
    assert connection_of(connection) is connection
    phone: Any = SimpleNamespace(address=Address(kind="adb"))
    with pytest.raises(SessionError, match="adb: has no interpreter of Python"):
        connection_of(phone)


def test_data_is_sent_once() -> None:
    store = Store()
    connection = connected(Channel(store.actions))
    digest = connection.keep(b"model")
    assert (connection.keep(b"model"), connection.sent, store.data) == (digest, 5, {digest: b"model"})
    connection.keep(b"another")
    assert connection.sent == 12


def test_large_arrays_are_kept_and_small_ones_are_sent_each_time() -> None:
    store = Store()
    connection = connected(Channel(store.actions))
    small, large = np.zeros(WORTH_KEEPING, np.int8), np.ones(WORTH_KEEPING + 1, np.int8)
    for _ in range(2):
        arrays = connection.packed({"small": small, "large": large, "text": np.array([b"a"], object)})
        assert arrays["small"]["data"] == small.tobytes()
        assert arrays["large"]["data"] is None
        assert store.data[arrays["large"]["digest"]] == large.tobytes()
        assert arrays["text"]["data"] == [b"a"]
    assert connection.sent == large.nbytes
    assert connection.packed({}) == {}


@pytest.mark.parametrize(
    ("answer", "error", "message"),
    [
        ({"delegate": "takes\x1b none"}, DelegateRefusedError, "^takes  none$"),
        ({"refused": "too old"}, RefusedError, "^too old$"),
        ({"failed": "KeyError: 'x'"}, SessionError, "ssh://board: KeyError: 'x'"),
    ],
)
def test_answers_that_are_errors(answer: dict[str, str], error: type[Exception], message: str) -> None:
    channel = Channel({"run": lambda: answer, "state": lambda: {"value": None}})
    with pytest.raises(error, match=message):
        connected(channel).ask("run")
    assert connected(channel).ask("state") is None


@pytest.mark.parametrize(
    ("raised", "log", "message"),
    [
        (EOFError(), b"", "the process there ended while it ran the model: it crashed, or was killed"),
        (EOFError(), b"Segmentation fault\n\n", "while it ran the model: Segmentation fault"),
        (EOFError(), b"Killed\nINFO: done\nI0101 from a log\n", "while it ran the model: Killed"),
        (EOFError(), b"\xff\x1b[2J" + b"x" * 9000 + b"\n", "while it ran the model: x+$"),
        (TimeoutError(), b"Killed\n", "no answer to 'run' in time"),
        (OSError("No module named 'numpy'"), b"", "the interpreter there has no numpy"),
    ],
)
def test_why_nothing_came_back(raised: Exception, log: bytes, message: str) -> None:
    def fail() -> None:
        raise raised

    with pytest.raises(ReachError, match=message) as error:
        connected(Channel({"run": fail}), log=log).ask("run")
    assert str(error.value).isprintable()


def test_what_ssh_said_last_where_it_was_never_reached() -> None:
    def fail(packages: list[str]) -> None:
        raise EOFError("nothing")

    with pytest.raises(ReachError, match="ssh://board: cannot be reached: Permission denied"):
        connected(Channel({"hello": fail}), log=b"Warning: key added\nPermission denied\n")
    with pytest.raises(ReachError, match="ssh://board: cannot be reached: nothing"):
        connected(Channel({"hello": fail}))
