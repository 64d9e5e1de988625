"""Runtimes: which of those that are installed runs a model file, here or on a device."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edgekit.adapters.delegate import Delegate
from edgekit.errors import DelegateError, EdgekitError, MissingExtraError, ReachError
from edgekit.system import registry
from edgekit.system.optional import is_installed

if TYPE_CHECKING:
    from edgekit.remote.adb import Phone
    from edgekit.remote.connection import Connection


PHONE_RUNTIME = "benchmark_model"


def _require_for(runtime: str, delegate: Delegate | None) -> None:
    if delegate is None or runtime in delegate.adapter.RUNTIMES:
        return
    raise DelegateError(f"--delegate {delegate} is for {' or '.join(delegate.adapter.RUNTIMES)}, not for {runtime}")


def runtimes_for(format_: str) -> list[str]:
    """Return the runtimes that run a format, the preferred one first."""
    found = [(registry.load("runtimes", name).RANK, name) for name in registry.names("runtimes")]
    return [name for _, name in sorted(found) if format_ in registry.load("runtimes", name).FORMATS]


def default_runtime(format_: str) -> str:
    """Return the preferred runtime of a format among those that are installed.

    Raises:
        MissingExtraError: None is.
    """
    candidates = [name for name in runtimes_for(format_) if name != PHONE_RUNTIME]
    for name in candidates:
        if is_installed(registry.load("runtimes", name).PACKAGE):
            return name
    if not candidates:
        raise EdgekitError(f"no runtime runs {format_}")
    first = registry.load("runtimes", candidates[0])
    raise MissingExtraError(f"running a {format_} model", missing=" or ".join(candidates), extra=first.EXTRA)


def device_runtime(format_: str, device: Connection | Phone, delegate: Delegate | None = None) -> str:
    """Return the preferred runtime of a format, and of a delegate, among those that a device has.

    Raises:
        ReachError: It has none.
    """
    known = runtimes_for(format_)
    if delegate is not None and known:
        _require_for(next((name for name in known if name in delegate.adapter.RUNTIMES), known[0]), delegate)
        known = [name for name in delegate.adapter.RUNTIMES if name in known]
    candidates = {name: registry.load("runtimes", name).PACKAGE for name in known}
    for name, package in candidates.items():
        if device.packages.get(package) is not None:
            return name
    wanted = " or ".join(package for name, package in candidates.items() if name != PHONE_RUNTIME)
    others = [name for name in runtimes_for(format_) if device.packages.get(registry.load("runtimes", name).PACKAGE)]
    if delegate is not None and others:
        raise DelegateError(
            f"--delegate {delegate} needs {wanted or PHONE_RUNTIME}, and {device.address} has {' and '.join(others)}: "
            f"pip install {wanted} there"
        )
    if device.address.kind == "adb":
        raise ReachError(f"{device.address} is a phone, which runs TFLite files only, not {format_}")
    raise ReachError(f"{device.address} has no interpreter for {format_}: pip install {wanted} there")
