"""Another machine with Python, by OpenSSH's own client: ``ssh://USER@HOST:PORT/PYTHON``; nothing listens there."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from edgekit.adapters.device import PYTHON, Address, Device
from edgekit.errors import EdgekitError

if TYPE_CHECKING:
    from edgekit.adapters.delegate import Delegate
    from edgekit.documents.machines import MachineReport

FORM = "ssh://USER@HOST"
ENVIRONMENT = PYTHON
IN_PROCESS = False
IS_REMOTE = True
TAKES_TOOL = False
PROGRAMS = (("ssh", "apt-get install openssh-client"),)

SSH_CONFIG = "EDGEKIT_SSH_CONFIG"
"""Environment variable: a configuration file for ssh, in place of the user's own."""
OPTIONS = (
    "BatchMode=yes",  # it never asks: neither for a password nor whether a host key is right
    "ConnectTimeout=10",
    "ServerAliveInterval=5",
    "ServerAliveCountMax=3",
)
_ADDRESS = re.compile(
    r"ssh://(?:(?P<user>[A-Za-z_][\w.-]*)@)?(?P<host>[A-Za-z0-9][\w.-]*|\[[0-9A-Fa-f:.]+\])(?::(?P<port>\d+))?"
    r"(?P<python>(?:/[\w.+-]+)*)/?"
)


class Login(Address, frozen=True, kw_only=True):
    """A machine behind ssh; the target is ``USER@HOST``.

    Attributes:
        port: None: as ssh's own configuration has it.
        python: Path of the interpreter there; empty: the first ``python3``.
    """

    kind: str = "ssh"
    port: int | None = None
    python: str = ""

    def __str__(self) -> str:
        """Return it as it is written."""
        port = f":{self.port}" if self.port else ""
        return f"ssh://{self.target}{port}{self.python}"


def parse(text: str) -> Login:
    """Read user, host, port and interpreter: what becomes part of a command holds nothing but names and numbers."""
    match = _ADDRESS.fullmatch(text)
    if match is None or not 0 < int(match["port"] or 22) < 65536:
        raise EdgekitError(f"device {text}: not an address of ssh, such as ssh://pi@raspberrypi.local:22", device=text)
    user = f"{match['user']}@" if match["user"] else ""
    port = int(match["port"]) if match["port"] else None
    return Login(target=user + match["host"].strip("[]"), port=port, python=match["python"])


def check(address: Address) -> None:
    """Do nothing: whether it answers shows when it is reached."""


def check_delegate(delegate: Delegate) -> None:
    """Refuse a delegate that no interpreter has."""
    delegate.adapter.settings(delegate)


def connect(address: Address, *, tool: str | None = None, purpose: str | None = None) -> AbstractContextManager[Device]:
    """Start an interpreter there."""
    from edgekit.remote.connection import connect as start  # heavy

    assert isinstance(address, Login), "it was parsed here"
    return start(address, gateway=_gateway(address), purpose=purpose)


def _gateway(address: Login) -> str:
    """Return the address as execnet reads it."""
    options = [f"-o {option}" for option in OPTIONS]
    if address.port:
        options.append(f"-p {address.port}")
    config = os.environ.get(SSH_CONFIG)
    chosen = f"//ssh_config={config}" if config else ""
    return f"ssh={' '.join(options)} {address.target}//python={address.python or 'python3'}{chosen}"


def diagnose(address: Address, libraries: Mapping[str, str]) -> MachineReport:
    """Return what the machine has."""
    from edgekit.remote.diagnosis import diagnose as ask  # heavy

    with connect(address) as device:
        return ask(device, libraries)
