"""Delegates: accelerators that a model is handed to, ``NAME`` or ``NAME:ARGUMENT``, such as ``gpu:fp32``.

What each is and how it is asked for is in ``runtimes/delegates``, one file per delegate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from edgekit.errors import EdgekitError
from edgekit.system import registry

KIND = "runtimes.delegates"


@dataclass(frozen=True, kw_only=True)
class Delegate:
    """A delegate as it was asked for.

    Attributes:
        name: Which one.
        argument: What stands behind the colon: a precision, a library; None: nothing does.
        options: Keys and values for the delegate itself.
    """

    name: str
    argument: str | None = None
    options: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        """Return it as it is written."""
        return self.name if self.argument is None else f"{self.name}:{self.argument}"

    @property
    def adapter(self) -> DelegateAdapter:
        """What is known of it."""
        found: DelegateAdapter = registry.load(KIND, self.name)
        return found


class DelegateAdapter(Protocol):
    """What each file in ``runtimes/delegates`` offers."""

    RUNTIMES: Sequence[str]
    """The runtimes on Linux that hand a model to it, the preferred one first; none: it is on phones only."""
    NOTE: str
    """What its users should know; empty if nothing."""
    HELP: str
    """What to do where it cannot be had; empty if nothing is known."""

    def settings(self, delegate: Delegate) -> dict[str, Any]:
        """Return how the shim loads it: ``library`` and ``options``, or ``precision`` of a GPU.

        Raises:
            EdgekitError: Its argument or options make no sense.
        """
        ...

    def flags(self, delegate: Delegate) -> list[str]:
        """Return the flags that ask ``benchmark_model`` for it.

        Raises:
            EdgekitError: As above.
        """
        ...


def delegate_names() -> list[str]:
    """Return the names of all delegates."""
    return registry.names(KIND)


def parse_delegate(text: str, options: Sequence[str] = ()) -> Delegate:
    """Read a delegate and its options.

    Args:
        text: ``NAME`` or ``NAME:ARGUMENT``.
        options: Each ``KEY=VALUE``.

    Raises:
        EdgekitError: There is none of that name, or it cannot be asked for so.
    """
    name, colon, argument = text.partition(":")
    wrong = next((each for each in options if not each.partition("=")[0] or "=" not in each), None)
    if wrong is not None:
        raise EdgekitError(f"--delegate-option {wrong}: say it as KEY=VALUE")
    pairs = tuple((each.partition("=")[0], each.partition("=")[2]) for each in options)
    made = Delegate(name=name, argument=argument if colon else None, options=pairs)
    made.adapter.flags(made)  # what makes no sense is told before anything is opened
    return made


def require_plain(delegate: Delegate) -> None:
    """Refuse an argument or options of a delegate that takes none.

    Raises:
        EdgekitError: It was given one.
    """
    if delegate.argument is not None:
        raise EdgekitError(f"--delegate {delegate}: {delegate.name} takes nothing behind the colon")
    if delegate.options:
        raise EdgekitError(f"--delegate {delegate}: {delegate.name} has no option {delegate.options[0][0]!r}")
