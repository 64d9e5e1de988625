"""This machine: in the process that asks, or in one beside it."""

from __future__ import annotations

import os

import pytest

from edgekit.errors import EdgekitError
from edgekit.remote.address import parse_address
from edgekit.remote.connection import connection_of


def test_it_is_reached_in_a_process_of_its_own() -> None:
    address = parse_address("host")
    assert address.transport.IN_PROCESS
    with address.transport.connect(address) as device:
        assert str(device.address) == "host"
        assert connection_of(device).facts["process"] != os.getpid()
        assert device.packages["onnxruntime"]
        assert "tensorflow" not in device.packages


def test_there_is_one_only() -> None:
    with pytest.raises(EdgekitError, match="called host alone"):
        parse_address("host:2")
