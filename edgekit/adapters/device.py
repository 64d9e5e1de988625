"""The port of devices: transports, which are ways to reach one, and what a device offers that was reached.

A transport is a file in ``remote/transports``, and an address begins with its name: ``NAME`` or ``NAME:REST``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from edgekit.system import registry

if TYPE_CHECKING:
    from edgekit.adapters.delegate import Delegate
    from edgekit.documents.machines import MachineReport

KIND = "remote.transports"
HOST = "host"
"""The address of this machine."""

PROCESS = "process"
"""The environment of a model that runs in the very process that asks."""
PYTHON = "python"
"""The environment of an interpreter of Python in another process, here or elsewhere."""
PHONE = "phone"
"""The environment of a phone's shell, with no Python and no app."""


class Address(Struct, frozen=True, kw_only=True):
    """Where a device is.

    Attributes:
        kind: Name of the transport.
        target: What stands behind the colon, as its transport reads it; empty: nothing does.
    """

    kind: str
    target: str = ""

    def __str__(self) -> str:
        """Return it as it is written."""
        return f"{self.kind}:{self.target}"

    @property
    def transport(self) -> Transport:
        """What reaches it."""
        return load_transport(self.kind)


class Device(Protocol):
    """A device that was reached.

    Attributes:
        address: Where it is.
        sent: Bytes of models and samples that were sent to it.
    """

    address: Address
    sent: int

    @property
    def packages(self) -> Mapping[str, str | None]:
        """The versions of the packages of runtimes that it has; None of those that it lacks."""
        ...

    @property
    def machine(self) -> str:
        """What it is, in words."""
        ...


class Transport(Protocol):
    """What each file in ``remote/transports`` offers."""

    FORM: str
    """How its addresses are written."""
    ENVIRONMENT: str
    """What runs models behind a connection, `PYTHON` or `PHONE`: a runtime says in which it runs."""
    IN_PROCESS: bool
    """Whether a model may run in the very process that asks."""
    IS_REMOTE: bool
    """Whether it reaches another machine: such answer one process at a time, beside each other, and what they have
    answered is kept, for a connection may be lost."""
    TAKES_TOOL: bool
    """Whether a program that runs models may be sent along, where the device lacks it."""
    PROGRAMS: Sequence[tuple[str, str]]
    """Programs of this machine that it needs, and where each is from."""

    def parse(self, text: str) -> Address:
        """Read an address that begins with its name.

        Raises:
            EdgekitError: It is none.
            ReachError: What it names on this machine is not there.
        """
        ...

    def check(self, address: Address) -> None:
        """Refuse a device that is known not to be there, as far as this can be said at once.

        Raises:
            ReachError: It is not there.
        """
        ...

    def check_delegate(self, delegate: Delegate) -> None:
        """Refuse a delegate that no device of this kind has.

        Raises:
            DelegateError: It has not.
        """
        ...

    def connect(
        self, address: Address, *, tool: str | None = None, purpose: str | None = None
    ) -> AbstractContextManager[Device]:
        """Reach a device.

        Args:
            address: Where it is.
            tool: A file of this machine, the program that runs models there; None: the device has it.
            purpose: What the user wants, if that was not a device.

        Raises:
            MissingExtraError: What reaches such devices is not installed.
            ReachError: It cannot be reached, or lacks what is needed.
        """
        ...

    def diagnose(self, address: Address, libraries: Mapping[str, str]) -> MachineReport:
        """Return what a device has, None for what is missing.

        Args:
            address: Where it is.
            libraries: Shared libraries to look for, and where each is from.

        Raises:
            ReachError: It cannot be reached.
        """
        ...


def load_transport(name: str) -> Transport:
    """Return a transport.

    Raises:
        EdgekitError: There is none of that name; the nearest is named.
    """
    adapter: Transport = registry.load(KIND, name)
    return adapter


def transports() -> dict[str, Transport]:
    """Return all transports by name."""
    return {name: load_transport(name) for name in registry.names(KIND)}


def transport_of(text: str) -> Transport | None:
    """Return the transport that an address names, be the rest right or wrong; None: it names none."""
    name = text.partition(":")[0]
    return load_transport(name) if name in registry.names(KIND) else None
