"""Another interpreter of Python on this machine: ``popen:PYTHON``, the path or the name of its program."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from edgekit.adapters.device import HOST, PYTHON, Address, Device
from edgekit.errors import ReachError

if TYPE_CHECKING:
    from edgekit.adapters.delegate import Delegate
    from edgekit.documents.machines import MachineReport

FORM = "popen:PYTHON"
ENVIRONMENT = PYTHON
IN_PROCESS = False
IS_REMOTE = False
TAKES_TOOL = False
PROGRAMS = ()


class Interpreter(Address, frozen=True, kw_only=True):
    """The path of an interpreter."""

    kind: str = "popen"

    def __str__(self) -> str:
        """Return it as it is written; the interpreter that runs edgekit is this machine."""
        return HOST if self.target == sys.executable else super().__str__()


def parse(text: str) -> Address:
    """Read the path of an interpreter."""
    program = text.partition(":")[2]
    path = shutil.which(program)
    if path is None:
        raise ReachError(
            f"device {text}: there is no interpreter {program!r}; popen: takes the path of a python", device=text
        )
    return Interpreter(target=str(Path(path).absolute()))


def check(address: Address) -> None:
    """Do nothing: the program was found when its address was read."""


def check_delegate(delegate: Delegate) -> None:
    """Refuse a delegate that no interpreter has."""
    delegate.adapter.settings(delegate)


def connect(address: Address, *, tool: str | None = None, purpose: str | None = None) -> AbstractContextManager[Device]:
    """Start the interpreter, in a process of its own."""
    from edgekit.remote.connection import connect as start  # heavy

    return start(address, gateway=f"popen//python={address.target}", purpose=purpose)


def diagnose(address: Address, libraries: Mapping[str, str]) -> MachineReport:
    """Return what the interpreter has."""
    from edgekit.remote.diagnosis import diagnose as ask  # heavy

    with connect(address) as device:
        return ask(device, libraries)
