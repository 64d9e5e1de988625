"""Help that lists adapters: devices, delegates and runtimes are found when the help is printed, not at each start."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence


class Listing(str):
    """Help of an option, and what to list behind it when it is printed.

    Args:
        text: The help itself, which is all that a shell's completion shows.
        entries: Returns what is listed.
    """

    entries: Callable[[], Sequence[str]]

    def __new__(cls, text: str, entries: Callable[[], Sequence[str]]) -> Listing:
        """Return the text, with the function beside it."""
        listing = super().__new__(cls, text)
        listing.entries = entries
        return listing

    def whole(self) -> str:
        """Return the help with all entries."""
        return f"{self}: {any_of(self.entries())}"


class Formatter(argparse.HelpFormatter):
    """A formatter that prints listings whole."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        return action.help.whole() if isinstance(action.help, Listing) else action.help


def any_of(entries: Sequence[str]) -> str:
    """Return entries in words: ``a, b or c``."""
    *first, last = entries
    return f"{', '.join(first)} or {last}" if first else last


def device_forms() -> list[str]:
    """Return how devices are addressed."""
    from edgekit.adapters.device import transports  # heavy

    return [transport.FORM for transport in transports().values()]


def delegate_forms() -> list[str]:
    """Return how delegates are written that run models."""
    from edgekit.adapters.delegate import delegates  # heavy

    return [delegate.FORM for delegate in delegates().values() if delegate.RUNTIMES]


def metric_names() -> list[str]:
    """Return the metrics."""
    from edgekit.system import registry  # startup

    return registry.names("evaluation.metrics")


def planned_delegates() -> list[str]:
    """Return the delegates that are planned for, with the formats that each takes."""
    from edgekit.adapters.delegate import delegates  # heavy

    planned = {name: delegate.FORMATS for name, delegate in delegates().items() if delegate.FORMATS}
    return [f"{name} ({' and '.join(formats)})" for name, formats in planned.items()]


def runtime_names() -> list[str]:
    """Return the runtimes of artifacts: not the one that serves originals, nor those that come with a device."""
    from edgekit.adapters.device import PYTHON  # heavy
    from edgekit.adapters.runtime import runtimes  # heavy

    return list(runtimes(PYTHON))
