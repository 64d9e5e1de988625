"""Another interpreter of this machine; the one that runs edgekit is this machine itself."""

from __future__ import annotations

import sys

import pytest

from edgekit.adapters.device import load_transport
from edgekit.errors import ReachError
from edgekit.remote.address import parse_address


def test_the_own_interpreter_is_this_machine() -> None:
    address = parse_address(f"popen:{sys.executable}")
    assert str(address) == "host"
    assert address.target == sys.executable
    assert not load_transport("popen").IS_REMOTE


def test_another_one_is_written_as_it_was_read() -> None:
    assert str(parse_address("popen:/bin/sh")) == "popen:/bin/sh"


def test_an_interpreter_that_is_not_there_holds_the_device() -> None:
    with pytest.raises(ReachError, match="no interpreter '/nowhere'") as raised:
        parse_address("popen:/nowhere")
    assert raised.value.device == "popen:/nowhere"
