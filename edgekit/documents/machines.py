"""What ``edgekit doctor --json`` prints: what a machine has, and the command that brings what is missing."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from edgekit.documents.bench import DeviceState
from edgekit.documents.document import Document


class PartEntry(Document, frozen=True, kw_only=True):
    """A package, a program or a library.

    Attributes:
        name: What it is called.
        version: Its version, or where it lies; null: it is not there.
        install: What brings it.
    """

    name: str
    version: str | None
    install: str


class MachineReport(Document, frozen=True, kw_only=True):
    """What a machine has.

    Attributes:
        edgekit: The version of edgekit; only of this machine.
        device: The address; only of another machine.
        python: The version of Python; null: it has none.
        machine: The machine in words.
        memory_bytes: Its memory; null: it does not tell.
        state: How it is.
        parts: What edgekit can use, there or not.
        delegates: Delegates that edgekit has adapters of; only of this machine.
    """

    edgekit: str | UnsetType = UNSET
    device: str | UnsetType = UNSET
    python: str | None
    machine: str
    memory_bytes: int | UnsetType | None = UNSET
    state: DeviceState | UnsetType = UNSET
    parts: tuple[PartEntry, ...]
    delegates: tuple[str, ...] | UnsetType = UNSET
