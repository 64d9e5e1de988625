"""Addresses of devices: ``host``, ``popen:PYTHON``, ``ssh://USER@HOST:PORT/PYTHON`` or ``adb:SERIAL``."""

from __future__ import annotations

import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from edgekit.errors import EdgekitError, ReachError, nearest

HOST = "host"
_SSH = re.compile(
    r"ssh://(?:(?P<user>[A-Za-z_][\w.-]*)@)?(?P<host>[A-Za-z0-9][\w.-]*|\[[0-9A-Fa-f:.]+\])(?::(?P<port>\d+))?"
    r"(?P<python>(?:/[\w.+-]+)*)/?"
)


@dataclass(frozen=True, kw_only=True)
class Address:
    """A way to reach a device.

    Attributes:
        kind: ``host``, ``popen``, ``ssh`` or ``adb``.
        target: The interpreter's path, ``USER@HOST``, or a serial number; empty for this machine, or the only phone.
        port: Of ssh; None: as ssh's own configuration has it.
        python: Path of the interpreter behind ssh; empty: the first ``python3`` there.
    """

    kind: str
    target: str = ""
    port: int | None = None
    python: str = ""

    def __str__(self) -> str:
        """Return it as it is written."""
        if self.kind == HOST or self == THIS_PYTHON:
            return HOST
        if self.kind == "ssh":
            return f"ssh://{self.target}" + (f":{self.port}" if self.port else "") + self.python
        return f"{self.kind}:{self.target}"


THIS_PYTHON = Address(kind="popen", target=sys.executable)
"""The interpreter that runs edgekit, in a process of its own."""


def parse_address(text: str) -> Address:
    """Read an address.

    Raises:
        EdgekitError: It is none; where it is the name of a profile, how such a device is reached.
        ReachError: The interpreter of ``popen:`` is not there.
    """
    if text == HOST:
        return Address(kind=HOST)
    kind, _, target = text.partition(":")
    if kind == "popen":
        found = shutil.which(target)
        if found is None:
            raise ReachError(f"--device {text}: there is no interpreter {target!r}; popen: takes the path of a python")
        return Address(kind="popen", target=str(Path(found).absolute()))
    if kind == "ssh":
        match = _SSH.fullmatch(text)
        if match is None or not 0 < int(match["port"] or 22) < 65536:
            raise EdgekitError(f"--device {text}: not an address of ssh, such as ssh://pi@raspberrypi.local:22")
        user = f"{match['user']}@" if match["user"] else ""
        return Address(
            kind="ssh", target=user + match["host"].strip("[]"), port=int(match["port"]) if match["port"] else None,
            python=match["python"],
        )  # fmt: skip
    if kind == "adb" and re.fullmatch(r"[\w.:-]*", target):
        return Address(kind="adb", target=target)
    from edgekit.remote.profiles import device_names  # only errors need them

    known = device_names()
    if text in known:
        raise EdgekitError(
            f"--device {text}: a profile says what a device is, not where: give ssh://USER@HOST or adb:SERIAL"
        )
    if _SSH.fullmatch(f"ssh://{text}") and "@" in text:
        raise EdgekitError(f"--device {text}: did you mean ssh://{text}?")
    ways = "host, popen:PYTHON, ssh://USER@HOST or adb:SERIAL"
    raise EdgekitError(f"no device {text!r}{nearest(text, [*known, HOST])} (there are: {ways})")
