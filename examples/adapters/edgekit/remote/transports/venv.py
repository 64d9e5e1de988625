"""A virtual environment of this machine: ``venv:FOLDER``; what it has installed runs the model."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from edgekit.adapters.device import PYTHON, Address, Device
from edgekit.errors import ReachError

if TYPE_CHECKING:
    from edgekit.adapters.delegate import Delegate
    from edgekit.documents.machines import MachineReport

FORM = "venv:FOLDER"
ENVIRONMENT = PYTHON
IN_PROCESS = False
IS_REMOTE = False
TAKES_TOOL = False
PROGRAMS = ()


def parse(text: str) -> Address:
    """Read the folder of an environment."""
    folder = text.partition(":")[2]
    address = Address(kind="venv", target=str(Path(folder).absolute()))
    if not folder or not _python(address).is_file():
        raise ReachError(f"device {text}: there is no environment of Python in {folder or 'no folder'}", device=text)
    return address


def _python(address: Address) -> Path:
    return Path(address.target) / "bin" / "python"


def check(address: Address) -> None:
    """Do nothing: the environment was found when its address was read."""


def check_delegate(delegate: Delegate) -> None:
    """Refuse a delegate that no interpreter has."""
    delegate.adapter.settings(delegate)


def connect(address: Address, *, tool: str | None = None, purpose: str | None = None) -> AbstractContextManager[Device]:
    """Start the environment's interpreter, in a process of its own."""
    from edgekit.remote.connection import connect as start  # heavy

    return start(address, gateway=f"popen//python={_python(address)}", purpose=purpose)


def diagnose(address: Address, libraries: Mapping[str, str]) -> MachineReport:
    """Return what the environment has."""
    from edgekit.remote.diagnosis import diagnose as ask  # heavy

    with connect(address) as device:
        return ask(device, libraries)
