"""Addresses of devices: each is read by its transport, which it names first."""

from __future__ import annotations

from edgekit.adapters.device import HOST, Address, transport_of, transports
from edgekit.errors import EdgekitError, nearest


def parse_address(text: str) -> Address:
    """Read an address.

    Raises:
        EdgekitError: It is none; where it is the name of a profile, how such a device is reached.
        ReachError: What it names on this machine, such as the interpreter of ``popen:``, is not there.
    """
    transport = transport_of(text)
    if transport is not None:
        return transport.parse(text)
    from edgekit.remote.profiles import device_names  # only errors need them

    profiles = device_names()
    if text in profiles:
        raise EdgekitError(
            f"device {text}: a profile says what a device is, not where: give ssh://USER@HOST or adb:SERIAL",
            device=text,
        )
    if "@" in text and _is_login(text):
        raise EdgekitError(f"device {text}: did you mean ssh://{text}?", device=text)
    forms = [adapter.FORM for adapter in transports().values()]
    raise EdgekitError(
        f"no device {text!r}{nearest(text, [*profiles, HOST])} (there are: {', '.join(forms[:-1])} or {forms[-1]})"
    )


def _is_login(text: str) -> bool:
    """Whether a text without its transport would be an address of ssh."""
    try:
        return bool(parse_address(f"ssh://{text}"))
    except EdgekitError:
        return False
