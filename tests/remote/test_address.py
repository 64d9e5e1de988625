"""Addresses are read strictly: what becomes part of a command holds nothing but names and numbers."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from edgekit.errors import EdgekitError, ReachError
from edgekit.remote.address import parse_address


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("host", {"kind": "host"}),
        ("ssh://pi@raspberrypi.local", {"kind": "ssh", "target": "pi@raspberrypi.local", "port": None, "python": ""}),
        ("ssh://coral:2222", {"kind": "ssh", "target": "coral", "port": 2222}),
        (
            "ssh://pi@raspberrypi/home/pi/venv-3.11/bin/python",
            {"kind": "ssh", "target": "pi@raspberrypi", "python": "/home/pi/venv-3.11/bin/python"},
        ),
        ("adb:R58M12ABCDE", {"kind": "adb", "target": "R58M12ABCDE"}),
        ("adb:127.0.0.1:5555", {"kind": "adb", "target": "127.0.0.1:5555"}),
        ("adb:", {"kind": "adb", "target": ""}),
    ],
)
def test_addresses_are_read_and_written(text: str, parts: dict[str, Any]) -> None:
    address = parse_address(text)
    assert {name: getattr(address, name) for name in parts} == parts
    assert str(address) == text


def test_an_interpreter_has_to_be_there() -> None:
    assert parse_address(f"popen:{sys.executable}").target == sys.executable
    with pytest.raises(ReachError, match="no interpreter '/nowhere/python'"):
        parse_address("popen:/nowhere/python")


@pytest.mark.parametrize(
    "text",
    [
        "ssh://-oProxyCommand=touch@host",
        "ssh://host;reboot",
        "ssh://a b",
        "ssh://host:0",
        "ssh://host:70000",
        "ssh://user@",
        "ssh://host/a b",
        "ssh://host/bin/python;reboot",
        "ssh://host//python=x",
        "ssh://$(reboot)",
        "adb:a b",
        "adb:;reboot",
        "telnet://host",
        "",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(EdgekitError):
        parse_address(text)


def test_the_nearest_is_named() -> None:
    with pytest.raises(EdgekitError, match="did you mean 'host'"):
        parse_address("hots")
