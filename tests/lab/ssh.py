"""A real ssh server on a port of this machine, with keys of its own."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.lab.phone import free_port

WAIT = 10.0
"""Seconds for the server to come up."""


@dataclass(frozen=True, kw_only=True)
class SshServer:
    """A server: ``ssh://edge`` by its configuration, whose keys tests may change."""

    folder: Path
    port: int

    @property
    def config(self) -> Path:
        return self.folder / "config"

    @property
    def known_hosts(self) -> Path:
        return self.folder / "known_hosts"

    @property
    def cache(self) -> Path:
        return self.folder / "cache" / "edgekit-device"


def make_key(path: Path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)


def obstacle() -> str | None:
    """Return why there can be no server here; None: there can."""
    if _sshd() is None or shutil.which("ssh") is None:
        return "no ssh server is installed: apt-get install openssh-server"
    if not Path("/run/sshd").is_dir() and not os.access("/run", os.W_OK):
        return "sshd needs /run/sshd"
    return None


def _sshd() -> str | None:
    return shutil.which("sshd") or shutil.which("sshd", path="/usr/sbin:/usr/local/sbin")


@contextlib.contextmanager
def ssh_server(folder: Path) -> Iterator[SshServer]:
    """Start sshd; its python is the one that runs this."""
    Path("/run/sshd").mkdir(exist_ok=True)
    port = free_port()
    (folder / "bin").mkdir(parents=True)
    python = folder / "bin" / "python3"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    make_key(folder / "host")
    make_key(folder / "user")
    shutil.copy(folder / "user.pub", folder / "authorized_keys")
    kind, key, *_ = (folder / "host.pub").read_text().split()
    (folder / "known_hosts").write_text(f"[127.0.0.1]:{port} {kind} {key}\n")
    (folder / "sshd_config").write_text(
        f"ListenAddress 127.0.0.1\nPort {port}\nHostKey {folder / 'host'}\n"
        f"AuthorizedKeysFile {folder / 'authorized_keys'}\n"
        f"PasswordAuthentication no\nKbdInteractiveAuthentication no\nUsePAM no\nStrictModes no\nPidFile none\n"
        f"SetEnv XDG_CACHE_HOME={folder / 'cache'}\n"
        f'ForceCommand PATH={folder / "bin"} exec /bin/sh -c "$SSH_ORIGINAL_COMMAND"\n'  # over what the shell read
    )
    (folder / "config").write_text(
        f"Host edge\n  HostName 127.0.0.1\n  Port {port}\n  IdentityFile {folder / 'user'}\n  IdentitiesOnly yes\n"
        f"  UserKnownHostsFile {folder / 'known_hosts'}\n  GlobalKnownHostsFile none\n"
    )
    program = _sshd()
    assert program is not None, "asked before"
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen([program, "-D", "-e", "-f", str(folder / "sshd_config")], stderr=log)
    try:
        started = time.monotonic()
        while not _answers(port):
            assert server.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < started + WAIT, (folder / "log").read_text()
            time.sleep(0.05)
        yield SshServer(folder=folder, port=port)
    finally:
        server.terminate()
        server.wait()


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
