"""Transports by name and by address, and what each says of the devices that it reaches."""

from __future__ import annotations

import pytest

from edgekit.adapters.device import HOST, KIND, PHONE, PYTHON, Address, load_transport, transport_of, transports
from edgekit.errors import EdgekitError
from edgekit.system import registry


def test_every_file_is_a_transport() -> None:
    assert list(transports()) == registry.names(KIND)
    assert HOST in transports()


@pytest.mark.parametrize("name", registry.names(KIND))
def test_what_a_transport_says_goes_together(name: str) -> None:
    transport = load_transport(name)
    assert transport.FORM.startswith(name)
    assert transport.ENVIRONMENT in (PYTHON, PHONE)
    assert not (transport.IN_PROCESS and transport.IS_REMOTE)
    assert (transport.ENVIRONMENT == PHONE) == transport.TAKES_TOOL  # which has no interpreter of its own


def test_models_run_in_the_process_that_asks_on_this_machine_alone() -> None:
    assert [name for name, transport in transports().items() if transport.IN_PROCESS] == [HOST]


@pytest.mark.parametrize("text", ["adb:", "adb:5", "adb:a b", "adb"])
def test_an_address_names_its_transport_right_or_wrong(text: str) -> None:
    assert transport_of(text) is load_transport("adb")


@pytest.mark.parametrize("text", ["", ":", "pi@raspberrypi", "ADB:5", " adb:5", "../adb:5", "C:\\model"])
def test_what_names_none_is_of_none(text: str) -> None:
    assert transport_of(text) is None


def test_an_address_is_written_as_it_is_read() -> None:
    address = load_transport("adb").parse("adb:127.0.0.1:5555")
    assert (address.kind, address.target, str(address)) == ("adb", "127.0.0.1:5555", "adb:127.0.0.1:5555")
    assert address.transport is load_transport("adb")
    assert str(Address(kind="adb")) == "adb:"
    assert address != Address(kind="adb")


@pytest.mark.parametrize("target", ["a b", "$(reboot)", "a;b", "a\nb"])
def test_what_becomes_part_of_a_command_is_a_name(target: str) -> None:
    for text in (f"adb:{target}", f"ssh://{target}"):
        transport = transport_of(text)
        assert transport is not None
        with pytest.raises(EdgekitError):
            transport.parse(text)


def test_an_unknown_one_names_the_nearest() -> None:
    with pytest.raises(EdgekitError, match="no transport 'sssh'; did you mean 'ssh'"):
        load_transport("sssh")
