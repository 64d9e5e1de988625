"""Runtimes: which of those that are installed runs a model file, here or on a device."""

from __future__ import annotations

from collections.abc import Mapping

from edgekit.adapters.delegate import Delegate
from edgekit.adapters.device import PROCESS, Device
from edgekit.adapters.runtime import Runtime, load_runtime, runtimes
from edgekit.errors import DelegateError, EdgekitError, MissingExtraError, ReachError, SessionError
from edgekit.system.optional import is_installed


def require_for(runtime: str, delegate: Delegate | None) -> None:
    """Refuse a runtime that does not hand models to a delegate.

    Raises:
        DelegateError: It does not.
    """
    if delegate is None or runtime in delegate.adapter.RUNTIMES:
        return
    raise DelegateError(
        f"delegate {delegate} is for {' or '.join(delegate.adapter.RUNTIMES)}, not for {runtime}",
        delegate=str(delegate),
    )


def require_environment(name: str, device: Device | None) -> None:
    """Refuse a runtime that does not run in this process, or on a device.

    Raises:
        SessionError: It does not.
    """
    runtime = load_runtime(name)
    environment = PROCESS if device is None else device.address.transport.ENVIRONMENT
    if environment in runtime.ENVIRONMENTS:
        return
    target = "in this process" if device is None else f"on {device.address}"
    raise SessionError(f"{name} does not run {target}: it needs a {' or '.join(runtime.ENVIRONMENTS)}")


def default_runtime(format_: str) -> str:
    """Return the preferred runtime of a format among those that are installed.

    Raises:
        MissingExtraError: None is.
    """
    candidates = _for_format(runtimes(PROCESS), format_)
    for name, runtime in candidates.items():
        if is_installed(runtime.PACKAGE):
            return name
    if not candidates:
        raise EdgekitError(f"no runtime runs {format_}")
    first = next(iter(candidates.values()))
    raise MissingExtraError(f"running a {format_} model", missing=" or ".join(candidates), extra=first.EXTRA)


def device_runtime(format_: str, device: Device, delegate: Delegate | None = None) -> str:
    """Return the preferred runtime of a format, and of a delegate, among those that a device has.

    Raises:
        DelegateError: It has none for the delegate.
        ReachError: It has none.
    """
    environment = device.address.transport.ENVIRONMENT
    in_environment = runtimes(environment)
    possible = _for_format(in_environment, format_)
    if not possible:
        formats = sorted({name for runtime in in_environment.values() for name in runtime.FORMATS})
        spelled = " or ".join(formats)
        raise ReachError(f"{device.address} is a {environment}, which runs {spelled} files only, not {format_}")
    usable = possible if delegate is None else _for_delegate(possible, delegate)
    for name, runtime in usable.items():
        if device.packages.get(runtime.PACKAGE) is not None:
            return name
    packages = " or ".join(runtime.PACKAGE for runtime in usable.values())
    others = [name for name, runtime in possible.items() if device.packages.get(runtime.PACKAGE)]
    if delegate is not None and others:
        raise DelegateError(
            f"delegate {delegate} needs {packages}, and {device.address} has {' and '.join(others)}: "
            f"pip install {packages} there",
            delegate=str(delegate),
        )
    raise ReachError(f"{device.address} has no interpreter for {format_}: pip install {packages} there")


def _for_format(candidates: Mapping[str, Runtime], format_: str) -> dict[str, Runtime]:
    return {name: runtime for name, runtime in candidates.items() if format_ in runtime.FORMATS}


def _for_delegate(candidates: Mapping[str, Runtime], delegate: Delegate) -> dict[str, Runtime]:
    """Return those that hand a model to a delegate, in the delegate's own order."""
    names = [name for name in delegate.adapter.RUNTIMES if name in candidates]
    if not names:
        require_for(next(iter(candidates)), delegate)
    return {name: candidates[name] for name in names}
