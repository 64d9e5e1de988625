"""Commands about devices: plan, devices and doctor."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import replace

from edgekit.cli.json_output import print_json
from edgekit.cli.output import devices as output
from edgekit.documents.plan import PlanReport
from edgekit.system.progress import say


def plan(options: argparse.Namespace) -> int:
    """Say which operators of an artifact a delegate takes."""
    from edgekit.models.artifact import load_artifact  # heavy
    from edgekit.planning import plan as plan_artifact  # heavy
    from edgekit.report.refresh import keep_plan  # heavy

    name = options.delegate.partition(":")[0]
    out = None if options.out is None else Path(options.out)
    overlay = None if options.overlay is None else Path(options.overlay)
    artifact = load_artifact(options.artifact)
    report = PlanReport.from_json(plan_artifact(artifact, name, out=out, overlay=overlay).to_json())
    page = keep_plan(artifact, report)
    report = replace(report, report=None if page is None else str(page))
    print_json(report.to_json()) if options.json else output.plan(report)
    if overlay is not None:
        say(f"for Model Explorer: {overlay}")
    return 0


def devices(options: argparse.Namespace) -> int:
    """List the device profiles, or show one."""
    from edgekit.remote.profiles import device_names, load_profile  # heavy

    names: Sequence[str] = device_names() if options.name is None else [options.name]
    profiles = {name: load_profile(name) for name in names}
    if options.json:
        print_json({"devices": profiles})
    elif options.name is not None:
        output.device(options.name, profiles[options.name])
    else:
        output.devices(profiles)
    return 0


def doctor(options: argparse.Namespace) -> int:
    """Say what this machine can do."""
    from edgekit.inspection.doctor import examine  # heavy

    report = examine(options.device)
    print_json(report.to_json()) if options.json else output.doctor(report)
    return 0
