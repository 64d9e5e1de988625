"""What a device refuses: told by the shim, in its own words."""

from __future__ import annotations


class RefusedError(RuntimeError):
    """What the device said that it cannot do."""


class DelegateRefusedError(RefusedError):
    """What the device said of a delegate that it cannot use."""
