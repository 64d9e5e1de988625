"""What this machine can do, or a device, and the command that brings what is missing."""

from __future__ import annotations

from edgekit.adapters.delegate import delegates
from edgekit.adapters.device import HOST
from edgekit.documents.machines import MachineReport
from edgekit.remote.address import parse_address


def examine(device: str = HOST) -> MachineReport:
    """Return what a machine has, None for what is missing.

    Args:
        device: Address of a device; by default this machine.

    Raises:
        ReachError: The device cannot be reached.
    """
    address = parse_address(device)
    return address.transport.diagnose(address, _libraries())


def _libraries() -> dict[str, str]:
    """Return the shared libraries that delegates need, and where each is from."""
    sources = {}
    for name, adapter in delegates().items():
        for library, source in adapter.LIBRARIES:
            sources[library] = f"for the delegate {name}: {source}"
    return sources
