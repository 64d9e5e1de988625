"""Device profiles, what a machine has, and plans, as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edgekit.cli.output.text import lines, table, wrapped
from edgekit.documents.machines import MachineReport
from edgekit.documents.plan import PlanReport
from edgekit.planning.cpu_operators import left_to_cpu

Profile = Mapping[str, Any]
"""What the TOML file of a device says."""
BASES = {"rules": "a prediction by rules", "compiled": "as compiled", "measured": "as measured"}
"""How a plan is known, in words."""


def devices(profiles: Mapping[str, Profile]) -> None:
    """Print device profiles."""
    columns = ("device", "what it is", "cores", "memory", "delegates")
    table(columns, (_profile_row(name, profile) for name, profile in profiles.items()), left=2)


def _profile_row(name: str, profile: Profile) -> list[str]:
    memory = "/".join(f"{gigabytes:g}" for gigabytes in profile.get("memory_gb", ()))
    return [
        name,
        str(profile["title"]),
        str(profile.get("cores", "")),
        f"{memory} GB" if memory else "",
        ", ".join(profile["delegates"]),
    ]


def device(name: str, profile: Profile) -> None:
    """Print all that a device profile says."""
    facts = {key: fact for key, fact in profile.items() if key not in ("title", "limits")}
    lines([f"{name}: {profile['title']}"])
    lines(wrapped(f"{key}: {_fact(fact)}" for key, fact in facts.items()))
    lines(wrapped(f"limit: {limit}" for limit in profile["limits"]))


def _fact(fact: object) -> str:
    return ", ".join(map(str, fact)) if isinstance(fact, list) else str(fact)


def doctor(report: MachineReport) -> None:
    """Print what a machine can do."""
    python = f"Python {report.python}, " if report.python else ""
    name = f"edgekit {report.edgekit}" if report.edgekit else report.device
    lines(wrapped([f"{name}: {python}{report.machine}"]))
    columns = ("part", "installed", "to get it")
    rows = ([entry.name, entry.version or "no", "" if entry.version else entry.install] for entry in report.parts)
    table(columns, rows, left=3)


def plan(report: PlanReport) -> None:
    """Print which operators a delegate takes, and the others by their reasons."""
    parts = f"{report.partitions} partition{'' if report.partitions == 1 else 's'}"
    lines([f"{report.variant}: {report.delegate} takes {report.delegated} of {report.total} operators, {parts}"])
    for group in left_to_cpu(report.ops):
        lines(wrapped([f"on the CPU: {group}", f"  why: {group.reason}"]))
        lines(wrapped([f"  to do: {group.fix}"] if group.fix else []))
    lines(wrapped([f"{BASES[report.basis]} ({report.source})"]))
    lines([f"shown in: {report.report}"] if report.report else [])
