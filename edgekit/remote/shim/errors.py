"""What a device says that it cannot do."""

from __future__ import annotations

from typing import Any


class Refused(Exception):  # noqa: N818 - it is an answer
    """Something that the device cannot do; its text is for the user."""


class DelegateRefused(Refused):
    """A delegate that cannot be loaded, does not take the model, or takes nothing of it."""


def line(error: BaseException) -> str:
    """Return the first line of an error's text, or its type."""
    return next((text.strip() for text in str(error).splitlines() if text.strip()), type(error).__name__)


def last_line(error: BaseException) -> str:
    """Return the last line of an error's text, where a loader puts the library's own words."""
    lines: list[Any] = [text.strip() for text in str(error).splitlines() if text.strip()]
    return lines[-1] if lines else type(error).__name__
