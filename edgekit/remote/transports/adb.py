"""A phone, by Google's adb: ``adb:SERIAL``, or ``adb:`` for the only one."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from edgekit.adapters.device import PHONE, Address, Device
from edgekit.errors import EdgekitError, ReachError

if TYPE_CHECKING:
    from edgekit.adapters.delegate import Delegate
    from edgekit.documents.machines import MachineReport

FORM = "adb:SERIAL"
ENVIRONMENT = PHONE
IN_PROCESS = False
IS_REMOTE = True
TAKES_TOOL = True
PROGRAMS = (("adb", "apt-get install adb"),)


def parse(text: str) -> Address:
    """Read a serial number, which may be that of a phone in the network."""
    serial = text.partition(":")[2]
    if not re.fullmatch(r"[\w.:-]*", serial) or ":" not in text:
        raise EdgekitError(f"device {text}: not a serial number of a phone, as adb devices lists them", device=text)
    return Address(kind="adb", target=serial)


def check(address: Address) -> None:
    """Refuse a phone that adb does not know, or that does not allow this computer."""
    from edgekit.remote.adb import find_phone  # heavy

    find_phone(address)


def check_delegate(delegate: Delegate) -> None:
    """Refuse a delegate that ``benchmark_model`` has no flags for."""
    delegate.adapter.flags(delegate)


@contextlib.contextmanager
def connect(address: Address, *, tool: str | None = None, purpose: str | None = None) -> Iterator[Device]:
    """Find the phone, and see that it has ``benchmark_model``."""
    from edgekit.remote.adb import find_phone  # heavy
    from edgekit.remote.phone_interpreter import prepare_tool  # heavy

    phone = find_phone(address)
    prepare_tool(phone, tool)
    yield phone


def diagnose(address: Address, libraries: Mapping[str, str]) -> MachineReport:
    """Return what the phone has; libraries are not looked for, since apps bring their own."""
    from edgekit.documents.machines import MachineReport, PartEntry  # heavy
    from edgekit.remote.adb import find_phone  # heavy
    from edgekit.remote.benchmark_model import NAME, WHERE_TO_GET  # heavy
    from edgekit.remote.phone_interpreter import prepare_tool  # heavy

    phone = find_phone(address)
    try:
        prepare_tool(phone, None)
    except ReachError:
        phone.tool = None
    return MachineReport(
        device=str(phone.address),
        python=None,
        machine=phone.machine,
        parts=(PartEntry(name=NAME, version=phone.tool, install=WHERE_TO_GET),),
    )
