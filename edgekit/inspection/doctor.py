"""What this machine can do, or a device, and the command that brings what is missing."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Mapping

from edgekit._version import __version__
from edgekit.adapters.delegate import delegate_names
from edgekit.documents.bench import DeviceState
from edgekit.documents.machines import MachineReport, PartEntry
from edgekit.errors import ReachError
from edgekit.remote.adb import Phone, find_phone
from edgekit.remote.address import HOST, THIS_PYTHON, Address, parse_address
from edgekit.remote.benchmark_model import NAME, WHERE_TO_GET
from edgekit.remote.connection import Connection, connect
from edgekit.remote.phone_interpreter import prepare_tool
from edgekit.remote.shim.facts import libraries
from edgekit.system.machine import machine
from edgekit.system.optional import installed_version

PARTS = (
    ("tensorflow", "convert"),
    ("tensorflow-hub", "convert"),
    ("tf-keras", "convert"),
    ("ai-edge-quantizer", "convert"),
    ("tf2onnx", "convert"),
    ("scipy", "parity"),
    ("ai-edge-litert", "litert"),
    ("tflite-runtime", "tflite"),
    ("onnxruntime", "onnx"),
    ("execnet", "remote"),
    ("soundfile", "audio"),
    ("soxr", "audio"),
    ("tokenizers", "text"),
    ("scikit-image", "pictures"),
    ("jinja2", "report"),
    ("matplotlib", "report"),
)
"""Optional packages, and the extra that installs each."""
TOOLS = (
    ("ssh", "apt-get install openssh-client"),
    ("adb", "apt-get install adb"),
    ("edgetpu_compiler", "https://coral.ai/docs/edgetpu/compiler/"),
)
"""Programs that reach devices or compile for them, and where each is from."""
LIBRARIES = (
    ("vulkan", "for --delegate gpu: apt-get install libvulkan1 mesa-vulkan-drivers"),
    ("edgetpu", "for --delegate edgetpu: https://coral.ai/software"),
)
"""Shared libraries that delegates need, and where each is from."""


def examine(device: str = HOST) -> MachineReport:
    """Return what a machine has, None for what is missing.

    Args:
        device: Address of a device; by default this machine.

    Raises:
        ReachError: The device cannot be reached.
    """
    address = parse_address(device)
    if address.kind == "adb":
        return _phone(find_phone(address))
    if address.kind != HOST:
        with connect(address) as connection:
            return _distant(connection)
    packages = [PartEntry(name=name, version=installed_version(name), install=_install(extra)) for name, extra in PARTS]
    tools = [PartEntry(name=name, version=shutil.which(name), install=source) for name, source in TOOLS]
    return MachineReport(
        edgekit=__version__,
        python=platform.python_version(),
        machine=machine(),
        parts=(*packages, *tools, *_libraries(libraries([name for name, _ in LIBRARIES]))),
        delegates=tuple(delegate_names()),
    )


def _distant(connection: Connection) -> MachineReport:
    """Return what a machine behind a connection has."""
    versions = {"numpy": connection.facts["numpy"], **connection.packages}
    packages = [
        PartEntry(name=name, version=version, install=f"pip install {name}") for name, version in versions.items()
    ]
    files = connection.ask("libraries", names=[name for name, _ in LIBRARIES])
    return MachineReport(
        device=str(connection.address if connection.address != THIS_PYTHON else Address(kind=HOST)),
        python=connection.facts["python"],
        machine=connection.machine,
        memory_bytes=connection.facts["machine"]["memory"],
        state=DeviceState.from_json(connection.facts["state"]),
        parts=(*packages, *_libraries(files)),
    )


def _libraries(files: Mapping[str, str | None]) -> list[PartEntry]:
    return [PartEntry(name=f"lib{name}", version=files[name], install=source) for name, source in LIBRARIES]


def _phone(phone: Phone) -> MachineReport:
    """Return what a phone has."""
    try:
        prepare_tool(phone, None)
    except ReachError:
        phone.tool = None
    return MachineReport(
        device=str(phone.address),
        python=None,
        machine=phone.machine,
        parts=(PartEntry(name=NAME, version=phone.tool, install=WHERE_TO_GET),),
    )


def _install(extra: str) -> str:
    own = " (in an environment of its own: it needs numpy < 2)" if extra == "tflite" else ""
    return f"pip install 'edgekit[{extra}]'{own}"
