"""What ssh is started with: the address, and options by which it never asks and gives up in time."""

from __future__ import annotations

import pytest

from edgekit.adapters.device import Address, load_transport
from edgekit.errors import EdgekitError
from edgekit.remote.address import parse_address

ssh = load_transport("ssh")


def gateway(address: Address) -> str:
    text: str = ssh._gateway(address)  # type: ignore[attr-defined]
    return text


def test_the_address_becomes_a_gateway(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EDGEKIT_SSH_CONFIG", raising=False)
    text = gateway(parse_address("ssh://pi@board:2222/opt/python"))
    assert text.startswith("ssh=-o BatchMode=yes -o ConnectTimeout=10")
    assert text.endswith("-p 2222 pi@board//python=/opt/python")
    assert gateway(parse_address("ssh://board")).endswith(" board//python=python3")


def test_a_configuration_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGEKIT_SSH_CONFIG", "/etc/lab.conf")
    assert gateway(parse_address("ssh://board")).endswith("//python=python3//ssh_config=/etc/lab.conf")


def test_it_is_another_machine() -> None:
    assert ssh.IS_REMOTE
    assert not ssh.IN_PROCESS


def test_what_is_no_address_holds_the_device() -> None:
    with pytest.raises(EdgekitError, match="not an address of ssh") as raised:
        parse_address("ssh:pi@board")
    assert raised.value.device == "ssh:pi@board"
