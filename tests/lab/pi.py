"""A Raspberry Pi without the board: Debian for aarch64 under qemu, with sshd on a port of this machine.

Its interpreters are the real wheels for aarch64. It needs root, to mount and to change the root folder, and
`PACKAGES`. Under qemu answers count, times do not.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.lab.phone import free_port

PACKAGES = ("qemu-user-static", "binfmt-support", "mmdebstrap", "arch-test", "openssh-client")
INCLUDED = "python3,openssh-server,bash,coreutils,libstdc++6,procps,dash,grep,sed,hostname,tar,gzip,findutils"
PLATFORMS = ("2_34", "2_28", "2_27", "2_17")
LITERT = (
    "ai-edge-litert",
    "numpy",
    "flatbuffers",
    "ml_dtypes",
    "protobuf",
    "backports.strenum",
    "typing-extensions",
    "tqdm",
)
# With QEMU_CPU=max, qemu 7.2 computes some int8 products wrongly.
CPU = "cortex-a72"
CPUINFO = """processor\t: {number}
BogoMIPS\t: 108.00
Features\t: fp asimd evtstrm crc32 cpuid
CPU implementer\t: 0x41
CPU architecture: 8
CPU variant\t: 0x0
CPU part\t: 0xd08
CPU revision\t: 3

"""
WAIT = 60.0
"""Seconds for sshd to answer."""


@dataclass(frozen=True, kw_only=True)
class EmulatedPi:
    """A Pi that runs: ``ssh://pi`` by its configuration."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes]

    @property
    def root(self) -> Path:
        return self.folder / "root"

    @property
    def config(self) -> Path:
        return self.folder / "config"

    @property
    def known_hosts(self) -> Path:
        return self.folder / "known_hosts"

    @property
    def key(self) -> Path:
        return self.folder / "key"

    def trust(self) -> None:
        """Know its host key, as after a first connection by hand."""
        kind, key, *_ = (self.root / "etc/ssh/ssh_host_ed25519_key.pub").read_text().split()
        self.known_hosts.write_text(f"[127.0.0.1]:{self.port} {kind} {key}\n")

    def interpreters(self) -> list[int]:
        """Return the processes there that run a model for somebody."""
        found, waiting = [], [self.process.pid]
        while waiting:
            number = waiting.pop()
            with contextlib.suppress(OSError):
                waiting += map(int, Path(f"/proc/{number}/task/{number}/children").read_text().split())
                if b"sys.stdin.readline" in Path(f"/proc/{number}/cmdline").read_bytes():
                    found.append(number)
        return found

    def inside(self, *words: str) -> subprocess.Popen[str]:
        """Start a program there, beside sshd."""
        pids = (self.folder / "sshd.pid").read_text().strip()
        entered = ["nsenter", f"--target={pids}", "--mount", "--pid", "--uts", "chroot", str(self.root), *words]
        environment = {"QEMU_CPU": CPU, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"}
        return subprocess.Popen(entered, env=environment, stdout=subprocess.PIPE, text=True)


def obstacle() -> str | None:
    """Return why there can be none here; None: there can."""
    if os.geteuid() != 0:
        return "the emulated Pi needs root, to mount and to change the root folder"
    missing = [
        name for name in ("qemu-aarch64-static", "mmdebstrap", "update-binfmts", "ssh") if not shutil.which(name)
    ]
    if missing:
        return f"{missing[0]} is not installed: apt-get install --no-install-recommends {' '.join(PACKAGES)}"
    return None


@contextlib.contextmanager
def emulated_pi(folder: Path) -> Iterator[EmulatedPi]:
    """Make the Pi's files, unless they are there, and start it; it ends with this process."""
    folder.mkdir(parents=True, exist_ok=True)
    _enable_emulation()
    if not (folder / "ready").exists():
        shutil.rmtree(folder / "root", ignore_errors=True)
        _make_root(folder)
        (folder / "ready").touch()
    port = free_port()
    _configure(folder, port)
    process = _started(folder)
    try:
        pi = EmulatedPi(folder=folder, port=port, process=process)
        pi.trust()
        _wait_for(pi)
        yield pi
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # unshare ends all that runs there
        process.wait()


def _enable_emulation() -> None:
    place = Path("/proc/sys/fs/binfmt_misc")
    if not (place / "register").exists():
        subprocess.run(["mount", "-t", "binfmt_misc", "binfmt_misc", str(place)], check=True)
    if not (place / "qemu-aarch64").exists():
        subprocess.run(["update-binfmts", "--enable", "qemu-aarch64"], check=True)


def _make_root(folder: Path) -> None:
    root = folder / "root"
    sources = [*Path("/etc/apt/sources.list.d").glob("*.sources"), Path("/etc/apt/sources.list")]
    source = next(path for path in sources if path.exists() and path.read_text().strip())
    subprocess.run(
        [
            "mmdebstrap",
            "--quiet",
            "--arch=arm64",
            "--variant=extract",
            f"--include={INCLUDED}",
            '--aptopt=Acquire::Languages "none"',
            *[f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in ("doc", "man", "locale")],
            "bookworm",
            str(root),
            str(source),
        ],
        check=True,
    )
    _write(
        root / "etc/passwd",
        "root:x:0:0:root:/root:/bin/bash\nsshd:x:100:65534::/run/sshd:/usr/sbin/nologin\n"
        "nobody:x:65534:65534::/:/usr/sbin/nologin\n",
    )
    _write(root / "etc/group", "root:x:0:\nnogroup:x:65534:\n")
    _write(root / "etc/hostname", "raspberrypi\n")
    (root / "run/sshd").mkdir(parents=True, exist_ok=True)
    # LiteRT counts processors by these files, and fails without them.
    for name in ("possible", "present", "online"):
        _write(root / f"sys/devices/system/cpu/{name}", "0-1\n")
    _write(root / "sys/class/thermal/thermal_zone0/temp", "48312\n")
    _write(root / "sys/firmware/devicetree/base/model", "Raspberry Pi 4 Model B Rev 1.1 (emulated)\0")
    _write(root / "etc/cpuinfo", "".join(CPUINFO.format(number=number) for number in range(2)))
    _keygen(folder / "key")
    _keygen(root / "etc/ssh/ssh_host_ed25519_key")
    _write(root / "root/.ssh/authorized_keys", (folder / "key.pub").read_text())
    (root / "root").chmod(0o700)
    (root / "root/.ssh").chmod(0o700)
    _install(root / "usr/local/lib/python3.11/dist-packages", "numpy<2", "tflite-runtime==2.14.0")
    _install(root / "opt/litert/lib", *LITERT)
    _install(root / "opt/numpy/lib", "numpy<2")
    # Interpreters as virtual environments have them: with LiteRT, with numpy alone, with nothing, with a full disk.
    for name, options, path in (
        ("litert", "", "/opt/litert/lib"),
        ("numpy", "-S", "/opt/numpy/lib"),
        ("bare", "-S", ""),
    ):
        _python(root / f"opt/{name}/bin/python", f"PYTHONPATH={path} exec /usr/bin/python3 {options}")
    _python(root / "opt/full/bin/python", "XDG_CACHE_HOME=/full exec /usr/bin/python3")
    (root / "full").mkdir()


def _python(path: Path, line: str) -> None:
    _write(path, f'#!/bin/sh\n{line} "$@"\n')
    path.chmod(0o755)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def _keygen(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)


def _install(target: Path, *packages: str) -> None:
    platforms = [f"--platform=manylinux_{name}_aarch64" for name in PLATFORMS] + ["--platform=manylinux2014_aarch64"]
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-deps",
            "--only-binary=:all:",
            "--implementation=cp",
            "--python-version=3.11",
            *platforms,
            f"--target={target}",
            *packages,
        ],
        check=True,
    )


def _configure(folder: Path, port: int) -> None:
    lines = (
        "ListenAddress 127.0.0.1",
        f"Port {port}",
        "HostKey /etc/ssh/ssh_host_ed25519_key",
        "UsePAM no",
        "PermitRootLogin prohibit-password",
        "PasswordAuthentication no",
        "KbdInteractiveAuthentication no",
        f"SetEnv QEMU_CPU={CPU}",
    )
    _write(folder / "root/etc/ssh/sshd_config", "\n".join(lines) + "\n")
    if not (folder / "other").exists():
        _keygen(folder / "other")
    _write(
        folder / "config",
        "".join(
            f"Host {name}\n  HostName 127.0.0.1\n  Port {port}\n  User root\n  IdentityFile {folder / key}\n"
            f"  IdentitiesOnly yes\n  UserKnownHostsFile {folder / 'known_hosts'}\n  GlobalKnownHostsFile none\n"
            for name, key in (("pi", "key"), ("stranger", "other"))
        ),
    )


def _started(folder: Path) -> subprocess.Popen[bytes]:
    """Start sshd with mounts and processes of its own: none of them outlives it."""
    root = folder / "root"
    script = (
        'hostname raspberrypi; mount -t proc proc "$1/proc"; mount --bind "$1/etc/cpuinfo" "$1/proc/cpuinfo"; '
        'mount --bind /dev "$1/dev"; mount -t tmpfs -o size=200k tmpfs "$1/full"; exec chroot "$1" /usr/sbin/sshd -D -e'
    )
    with (folder / "sshd.log").open("wb") as log:
        return subprocess.Popen(
            ["unshare", "--mount", "--pid", "--uts", "--fork", "--kill-child", "bash", "-c", script, "bash", str(root)],
            env={**os.environ, "QEMU_CPU": CPU},
            stdin=subprocess.DEVNULL,
            stderr=log,
            start_new_session=True,
        )


def _wait_for(pi: EmulatedPi) -> None:
    started = time.monotonic()
    words = ["ssh", "-F", str(pi.config), "-o", "BatchMode=yes", "-o", "ConnectTimeout=2", "pi", "true"]
    while subprocess.run(words, stderr=subprocess.DEVNULL, check=False).returncode:
        told = (pi.folder / "sshd.log").read_text()
        assert pi.process.poll() is None, told
        assert time.monotonic() < started + WAIT, told
        time.sleep(0.2)
    children = Path(f"/proc/{pi.process.pid}/task/{pi.process.pid}/children").read_text().split()
    (pi.folder / "sshd.pid").write_text(children[0])
