"""Device profiles, what a machine has, and plans, as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edgekit.cli.output.text import lines, table, wrapped
from edgekit.planning.cpu_operators import left_to_cpu


def devices(profiles: Mapping[str, Mapping[str, Any]]) -> None:
    """Print device profiles."""
    table(
        ("device", "what it is", "cores", "memory", "delegates"),
        (
            [
                name,
                str(p["title"]),
                str(p.get("cores", "")),
                "/".join(f"{gb:g}" for gb in p["memory_gb"]) + " GB" if "memory_gb" in p else "",
                ", ".join(p["delegates"]),
            ]
            for name, p in profiles.items()
        ),
        left=2,
    )


def device(name: str, profile: Mapping[str, Any]) -> None:
    """Print all that a device profile says."""
    facts = {key: value for key, value in profile.items() if key not in ("title", "limits")}
    lines([f"{name}: {profile['title']}"])
    lines(wrapped(f"{key}: {_fact(value)}" for key, value in facts.items()))
    lines(wrapped(f"limit: {limit}" for limit in profile["limits"]))


def _fact(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def doctor(value: Mapping[str, Any]) -> None:
    """Print what this machine can do."""
    python = f"Python {value['python']}, " if value["python"] else ""
    what = f"edgekit {value['edgekit']}" if "edgekit" in value else value["device"]
    lines(wrapped([f"{what}: {python}{value['machine']}"]))
    table(
        ("part", "installed", "to get it"),
        (
            [part["name"], str(part["version"] or "no"), "" if part["version"] else part["install"]]
            for part in value["parts"]
        ),
        left=3,
    )


def plan(value: Mapping[str, Any]) -> None:
    """Print which operators a delegate takes, and the others by their reasons."""
    basis = {"rules": "a prediction by rules", "compiled": "as compiled", "measured": "as measured"}[value["basis"]]
    parts = f"{value['partitions']} partition{'' if value['partitions'] == 1 else 's'}"
    lines(
        [f"{value['variant']}: {value['delegate']} takes {value['delegated']} of {value['total']} operators, {parts}"]
    )
    for left in left_to_cpu(value["ops"]):
        lines(wrapped([f"on the CPU: {left}", f"  why: {left.reason}"]))
        lines(wrapped([f"  to do: {left.fix}"] if left.fix else []))
    lines(wrapped([f"{basis} ({value['source']})"]))
    lines([f"shown in: {value['report']}"] if value["report"] else [])
