"""Commands about devices: plan, devices and doctor."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from edgekit.commands.printing import print_json
from edgekit.console import say
from edgekit.shown import devices as shown


def plan(options: argparse.Namespace) -> int:
    """Say which operators of an artifact a delegate takes."""
    from edgekit.artifacts import load_artifact
    from edgekit.kept import keep_plan
    from edgekit.planning import plan as plan_artifact

    name = options.delegate.partition(":")[0]
    out = None if options.out is None else Path(options.out)
    overlay = None if options.overlay is None else Path(options.overlay)
    artifact = load_artifact(options.artifact)
    found = plan_artifact(artifact, name, out=out, overlay=overlay).to_json()
    report = keep_plan(artifact, found)
    value = {**found, "report": None if report is None else str(report)}
    print_json(value) if options.json else shown.plan(value)
    if overlay is not None:
        say(f"for Model Explorer: {overlay}")
    return 0


def devices(options: argparse.Namespace) -> int:
    """List the device profiles, or show one."""
    from edgekit.profiles import device_names, load_profile

    names: Sequence[str] = device_names() if options.name is None else [options.name]
    profiles = {name: load_profile(name) for name in names}
    if options.json:
        print_json({"devices": profiles})
    elif options.name is not None:
        shown.device(options.name, profiles[options.name])
    else:
        shown.devices(profiles)
    return 0


def doctor(options: argparse.Namespace) -> int:
    """Say what this machine can do."""
    from edgekit.doctor import examine

    value = examine(options.device)
    print_json(value) if options.json else shown.doctor(value)
    return 0
