"""Where an artifact is to run, from the options that say so."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from edgekit.errors import EdgekitError
from edgekit.system.progress import note

if TYPE_CHECKING:
    from edgekit.adapters.delegate import Delegate
    from edgekit.inference.placement import Placement


def placements_of(options: argparse.Namespace) -> list[Placement]:
    """Return where an artifact is to run, once for each device; what makes no sense is told first."""
    from edgekit.adapters.delegate import parse_delegate  # heavy
    from edgekit.adapters.device import HOST  # heavy
    from edgekit.inference.placement import Placement  # heavy
    from edgekit.remote.address import parse_address  # heavy

    devices: list[str] = options.device or [HOST]
    repeated = next((name for name in devices if devices.count(name) > 1), None)
    if repeated is not None:
        raise EdgekitError(f"--device {repeated} is given twice")
    addresses = [parse_address(device) for device in devices]
    for address in addresses:
        address.transport.check(address)  # before the original is asked, which takes longer
    if options.delegate is not None:
        _note(parse_delegate(options.delegate, options.delegate_option))
    elif options.fallback:
        raise EdgekitError("--fallback is for a delegate: name it by --delegate")
    if options.benchmark_model is not None and not any(address.transport.TAKES_TOOL for address in addresses):
        raise EdgekitError("--benchmark-model is for phones: --device adb:SERIAL")
    if options.threads < 1:
        raise EdgekitError("--threads is at least 1")
    cpus = None if options.cpus is None else _processors(options.cpus)
    return [
        Placement(
            runtime=options.runtime,
            delegate=options.delegate,
            delegate_options=tuple(options.delegate_option),
            fallback=options.fallback,
            threads=options.threads,
            cpus=cpus,
            device=device,
            benchmark_model=options.benchmark_model,
        )
        for device in devices
    ]


def _note(delegate: Delegate) -> None:
    """Say what users of a delegate should know, unless they asked for what it says already."""
    if delegate.adapter.NOTE and delegate.argument is None:
        note(f"{delegate.name}: {delegate.adapter.NOTE}")


def _processors(text: str) -> tuple[int, ...]:
    """Read a list of processors as taskset takes it: numbers and ranges."""
    processors: list[int] = []
    for numbers in text.split(","):
        first, dash, last = numbers.partition("-")
        if not first.isdigit() or (dash and not last.isdigit()) or int(last or first) < int(first):
            raise EdgekitError(f"--cpus {text}: say it as numbers and ranges, such as 0,1 or 4-7")
        processors += range(int(first), int(last if dash else first) + 1)
    return tuple(dict.fromkeys(processors))
