"""This machine: models run in the process that asks, or, where a delegate may end it, in one of their own."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from edgekit.adapters.device import HOST, PYTHON, Address, Device
from edgekit.errors import EdgekitError

if TYPE_CHECKING:
    from edgekit.adapters.delegate import Delegate
    from edgekit.documents.machines import MachineReport

FORM = HOST
ENVIRONMENT = PYTHON
IN_PROCESS = True
IS_REMOTE = False
TAKES_TOOL = False
PROGRAMS = ()


class Host(Address, frozen=True, kw_only=True):
    """This machine."""

    kind: str = HOST

    def __str__(self) -> str:
        """Return it as it is written."""
        return HOST


def parse(text: str) -> Address:
    """Read nothing more than its name."""
    if text != HOST:
        raise EdgekitError(f"device {text}: this machine is called {HOST} alone", device=text)
    return Host()


def check(address: Address) -> None:
    """Do nothing: it is here."""


def check_delegate(delegate: Delegate) -> None:
    """Refuse a delegate that no interpreter has."""
    delegate.adapter.settings(delegate)


def connect(address: Address, *, tool: str | None = None, purpose: str | None = None) -> AbstractContextManager[Device]:
    """Start the interpreter that runs edgekit anew, in a process of its own."""
    from edgekit.remote.connection import connect as start  # heavy

    return start(address, gateway=f"popen//python={sys.executable}", purpose=purpose)


def diagnose(address: Address, libraries: Mapping[str, str]) -> MachineReport:
    """Return what this machine has: packages, programs and libraries, by what edgekit itself finds."""
    from edgekit.remote.diagnosis import diagnose_host  # heavy

    return diagnose_host(libraries)
