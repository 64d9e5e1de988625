"""Phones, reached by Google's adb: files go there and come back, commands run there.

Nothing of edgekit runs on a phone, and no app: see `edgekit.remote.phone_interpreter`.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from edgekit.adapters.device import Address, Device
from edgekit.errors import ReachError, SessionError
from edgekit.system.printable import plain

FOLDER = os.environ.get("EDGEKIT_PHONE_FOLDER", "/data/local/tmp/edgekit")
"""Where a phone keeps models by their digests: there, files may be written and run without an app."""
TIMEOUT = 600.0
"""Seconds that a command on a phone may take."""
MOST = 16
"""Number of models that a phone keeps, its tool among them; what was used longest ago goes first."""
STATES = {
    "authorizing": "has not allowed this computer: unlock it and accept the question on its screen",
    "unauthorized": "has not allowed this computer: unlock it and accept the question on its screen",
    "offline": "is offline: unplug it and plug it in again, or run adb reconnect",
    "no permissions": "may not be opened by this user: see https://developer.android.com/studio/run/device",
}


class Phone:
    """A phone.

    Attributes:
        address: Where it is.
        serial: What adb calls it.
        sent: Bytes of models and samples that were sent.
        tool: Path of ``benchmark_model`` there; None: it has none.
    """

    def __init__(self, address: Address, adb: str, serial: str) -> None:
        self.address, self.serial, self.sent = address, serial, 0
        self._adb = adb
        self.tool: str | None = None

    @property
    def machine(self) -> str:
        """What it is, in words."""
        names = ("ro.product.manufacturer", "ro.product.model", "ro.product.cpu.abi", "ro.build.version.release")
        properties = [plain(self.shell("getprop", name).strip()) for name in names]
        release = f"Android {properties[3]}" if properties[3] else ""
        return ", ".join(text for text in (" ".join(filter(None, properties[:2])), properties[2], release) if text)

    @property
    def packages(self) -> dict[str, str | None]:
        """What it has of the runtimes."""
        return {"benchmark_model": self.tool}

    def shell(self, *words: str) -> str:
        """Run a command there and return what it printed.

        Raises:
            ReachError: It failed, or the phone is gone.
        """
        return self._run("shell", shlex.join(words), what=f"{words[0]} failed")

    def script(self, folder: str, commands: Sequence[Sequence[str]], *, what: str) -> str:
        """Run commands one after the other there, until one fails; return what they printed, errors too.

        Raises:
            ReachError: One failed, or the phone is gone.
        """
        text = "\n".join(["set -e", "exec 2>&1", *map(shlex.join, commands)]) + "\n"
        self.push(text.encode(), f"{folder}/run.sh")
        return self._run("shell", shlex.join(["sh", f"{folder}/run.sh"]), what=f"{what} failed")

    def has(self, path: str) -> bool:
        """Whether a file is there."""
        return self.shell("sh", "-c", f"if [ -e {shlex.quote(path)} ]; then echo yes; fi").strip() == "yes"

    def keep(self, data: bytes) -> str:
        """See that data is on the phone under its digest, and return its path; what is there already is not sent."""
        path = f"{FOLDER}/{hashlib.sha256(data).hexdigest()}"
        if not self.has(path):
            self.sent += len(data)
            self.push(data, f"{path}.new")
            self.shell("mv", f"{path}.new", path)
            self._make_room()
        else:
            self.shell("touch", path)
        return path

    def _make_room(self) -> None:
        """Delete what was used longest ago."""
        digests = [name for name in self.shell("ls", "-t", FOLDER).split() if re.fullmatch(r"[0-9a-f]{64}", name)]
        for name in digests[MOST:]:
            self.shell("rm", f"{FOLDER}/{name}")

    def push(self, data: bytes, path: str) -> None:
        """Write a file there.

        Raises:
            ReachError: It cannot be written.
        """
        with _temporary() as folder:
            file = folder / "file"
            file.write_bytes(data)
            self._run("push", str(file), path, what=f"cannot write {path} there")

    def push_folder(self, folder: Path, path: str) -> None:
        """Write the files of a folder into one there."""
        self.sent += sum(file.stat().st_size for file in folder.iterdir())
        self._run("push", f"{folder}/.", path, what=f"cannot write {path} there")

    def pull_folder(self, path: str, folder: Path) -> None:
        """Read the files of a folder there."""
        self._run("pull", f"{path}/.", str(folder), what=f"cannot read {path} there")

    @contextlib.contextmanager
    def folder(self) -> Iterator[str]:
        """Make a folder there that is deleted in the end."""
        self.shell("mkdir", "-p", FOLDER)
        path = self.shell("mktemp", "-d", f"{FOLDER}/run-XXXXXX").strip()
        if not re.fullmatch(re.escape(FOLDER) + r"/run-\w+", path):
            raise ReachError(f"{self.address}: mktemp said {plain(path)!r}")
        try:
            yield path
        finally:
            with contextlib.suppress(ReachError):  # it is gone, and the folder with it, or cleared at its next start
                self.shell("rm", "-r", path)

    def _run(self, *words: str, what: str) -> str:
        try:
            process = subprocess.run(
                [self._adb, "-s", self.serial, *words], capture_output=True, timeout=TIMEOUT, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise ReachError(f"{self.address}: no answer within {TIMEOUT:.0f} s") from error
        output = process.stdout.decode(errors="replace")
        if process.returncode:
            raise ReachError(f"{self.address}: {what}: {_reason(output, process.stderr.decode(errors='replace'))}")
        return output


def _reason(output: str, errors_text: str) -> str:
    """Return the line that says why a command failed: its first error, or else its last line."""
    lines = [plain(line) for line in (*output.splitlines(), *errors_text.splitlines()) if plain(line)]
    if not lines:
        return "it said nothing"
    return next((line for line in lines if "error" in line.lower()), lines[-1])


@contextlib.contextmanager
def _temporary() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="edgekit-") as folder:
        yield Path(folder)


def find_phone(address: Address) -> Phone:
    """Return the phone of an address; of one without a serial number, the only phone that there is.

    Raises:
        ReachError: adb is not installed; there is none, or several; it does not allow this computer.
    """
    adb = shutil.which("adb")
    if adb is None:
        raise ReachError(f"the device {address} needs adb: apt-get install adb, or Android's platform-tools")
    states = phones(adb)
    if address.target and address.target not in states:
        serials = ", ".join(f"adb:{serial}" for serial in states) or "no phone at all"
        raise ReachError(f"device {address}: adb knows no such phone (it knows: {serials})", device=str(address))
    if not states:
        raise ReachError(f"device {address} finds no phone: connect one that allows USB debugging", device=str(address))
    if not address.target and len(states) > 1:
        names = ", ".join(f"adb:{serial}" for serial in sorted(states))
        raise ReachError(f"device {address}: name one of {names}", device=str(address))
    serial = address.target or next(iter(states))
    state = states[serial]
    if state != "device":
        raise ReachError(
            f"device adb:{serial}: the phone {STATES.get(state, f'is {state!r} to adb')}", device=str(address)
        )
    return Phone(Address(kind="adb", target=serial), adb, serial)


def phone_of(device: Device) -> Phone:
    """Return a device as the phone that it is.

    Raises:
        SessionError: It is none.
    """
    if not isinstance(device, Phone):
        raise SessionError(f"{device.address} is no phone")
    return device


def phones(adb: str) -> dict[str, str]:
    """Return the phones that adb knows, with their states.

    Raises:
        ReachError: adb failed, or says something else than a list.
    """
    try:
        process = subprocess.run([adb, "devices"], capture_output=True, timeout=60, check=False)
    except subprocess.TimeoutExpired as error:
        raise ReachError("adb devices does not answer: run adb kill-server, and try again") from error
    output = process.stdout.decode(errors="replace")
    head, title, listing = output.partition("List of devices attached\n")
    if process.returncode or not title:
        raise ReachError(f"adb devices failed: {_reason(head, process.stderr.decode(errors='replace'))}")
    pairs = [line.split("\t", 1) for line in listing.splitlines() if line.strip()]
    if any(len(pair) != 2 for pair in pairs):
        raise ReachError(f"adb devices says what is not known: {plain(listing)}")
    return {plain(serial): plain(state.partition(" (")[0]) for serial, state in pairs}
