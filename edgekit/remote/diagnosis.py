"""What this machine has, or an interpreter elsewhere, and the command that brings what is missing."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Mapping

from edgekit._version import __version__
from edgekit.adapters.delegate import delegate_names, delegates
from edgekit.adapters.device import PYTHON, Device, transports
from edgekit.adapters.runtime import runtimes
from edgekit.documents.bench import DeviceState
from edgekit.documents.machines import MachineReport, PartEntry
from edgekit.remote.connection import connection_of
from edgekit.remote.shim.facts import libraries as find_libraries
from edgekit.system.machine import machine
from edgekit.system.optional import installed_version

CONVERTING = (
    ("tensorflow", "convert"),
    ("tensorflow-hub", "convert"),
    ("tf-keras", "convert"),
    ("ai-edge-quantizer", "convert"),
    ("tf2onnx", "convert"),
    ("scipy", "parity"),
)
READING = (
    ("execnet", "remote"),
    ("soundfile", "audio"),
    ("soxr", "audio"),
    ("tokenizers", "text"),
    ("scikit-image", "pictures"),
    ("jinja2", "report"),
    ("matplotlib", "report"),
)
"""Optional packages beside those of the runtimes, and the extra that installs each."""


def diagnose_host(libraries: Mapping[str, str]) -> MachineReport:
    """Return what this machine has.

    Args:
        libraries: Shared libraries to look for, and where each is from.
    """
    return MachineReport(
        edgekit=__version__,
        python=platform.python_version(),
        machine=machine(),
        parts=(*_packages(), *_programs(), *_libraries(libraries, find_libraries(list(libraries)))),
        delegates=tuple(delegate_names()),
    )


def _packages() -> list[PartEntry]:
    """Return the optional packages; those of runtimes once, though another part may need them, too."""
    parts = [_package(name, extra) for name, extra in CONVERTING]
    converting = {name for name, _ in CONVERTING}
    for runtime in runtimes(PYTHON).values():
        if runtime.PACKAGE not in converting:
            parts.append(_package(runtime.PACKAGE, runtime.EXTRA, runtime.NOTE))
    return parts + [_package(name, extra) for name, extra in READING]


def _package(name: str, extra: str, note: str = "") -> PartEntry:
    install = f"pip install 'edgekit[{extra}]'" + (f" ({note})" if note else "")
    return PartEntry(name=name, version=installed_version(name), install=install)


def _programs() -> list[PartEntry]:
    """Return the programs that reach devices, or compile for delegates."""
    sources: dict[str, str] = {}
    for transport in transports().values():
        sources.update(transport.PROGRAMS)
    for delegate in delegates().values():
        sources.update(delegate.PROGRAMS)
    return [PartEntry(name=name, version=shutil.which(name), install=source) for name, source in sources.items()]


def diagnose(device: Device, libraries: Mapping[str, str]) -> MachineReport:
    """Return what an interpreter elsewhere has.

    Args:
        device: One that was reached.
        libraries: As for `diagnose_host`.
    """
    connection = connection_of(device)
    versions = {"numpy": connection.facts["numpy"], **connection.packages}
    packages = [
        PartEntry(name=name, version=version, install=f"pip install {name}") for name, version in versions.items()
    ]
    return MachineReport(
        device=str(connection.address),
        python=connection.facts["python"],
        machine=connection.machine,
        memory_bytes=connection.facts["machine"]["memory"],
        state=DeviceState.from_json(connection.facts["state"]),
        parts=(*packages, *_libraries(libraries, connection.ask("libraries", names=list(libraries)))),
    )


def _libraries(sources: Mapping[str, str], paths: Mapping[str, str | None]) -> list[PartEntry]:
    return [PartEntry(name=f"lib{name}", version=paths[name], install=source) for name, source in sources.items()]
