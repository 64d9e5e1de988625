"""A phone on a port of this machine: adbd, a folder, Google's adb with a server of its own."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True, kw_only=True)
class LabPhone:
    """A phone: its serial number, the environment that adb needs to find it, and its process."""

    serial: str
    environment: dict[str, str]
    process: subprocess.Popen[str]

    def adb(self, *words: str) -> str:
        environment = {**os.environ, **self.environment}
        done = subprocess.run(["adb", *words], env=environment, capture_output=True, text=True, check=True, timeout=60)
        return done.stdout


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def has_adb() -> bool:
    return shutil.which("adb") is not None


@contextlib.contextmanager
def lab_phone(
    folder: Path, *modes: str, server: int | None = None, start: Callable[[int], subprocess.Popen[str]] | None = None
) -> Iterator[LabPhone]:
    """Start a phone and connect to it; an adb server of another phone may be shared, and it may run elsewhere."""
    folder.mkdir(parents=True, exist_ok=True)
    port, own = free_port(), server or free_port()
    # Not the user's own server, keys or phones.
    environment = {"ANDROID_ADB_SERVER_PORT": str(own), "ADB_MDNS_AUTO_CONNECT": "0", "HOME": str(folder)}
    here = [sys.executable, str(HERE / "adbd.py"), str(port), *modes]
    process = start(port) if start is not None else subprocess.Popen(here, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("adbd on")
        made = LabPhone(serial=f"127.0.0.1:{port}", environment=environment, process=process)
        with contextlib.suppress(subprocess.CalledProcessError):  # of one that does not allow it
            made.adb("connect", made.serial)
        yield made
    finally:
        if server is None:
            with contextlib.suppress(subprocess.SubprocessError):
                subprocess.run(["adb", "kill-server"], env={**os.environ, **environment}, check=True, timeout=30)
        process.terminate()
        process.wait()


def make_tool(folder: Path, python: str = sys.executable) -> Path:
    """Write the stand-in for benchmark_model as a file that runs; return it."""
    tool = folder / "benchmark_model"
    tool.write_text(f"#!{python}\n" + (HERE / "benchmark_model.py").read_text())
    tool.chmod(0o755)
    return tool
