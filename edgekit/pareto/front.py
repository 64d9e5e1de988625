"""The front: candidates that no other one beats in everything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from edgekit.recipe.recipe import SearchRecipe

STEADY = 1.1
"""Latencies that differ by less than this factor are the same: they vary from run to run."""
NEAR_DB = 3.0
"""Ratios that lie nearer together than this are alike while only a few samples told them."""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What is known of a candidate.

    Attributes:
        name: The candidate.
        bytes: Size of the file.
        size: Size by what counts as the size.
        samples: Number of choosing samples that it was asked.
        agreement: Share of them with the original's answer; None where no class is told.
        sqnr_db: Of the worst output over these samples; None: exact.
        latency_ms: Median latency here; None: not measured.
        ram_bytes: Peak memory of a process that ran it; None: not measured.
    """

    name: str
    bytes: int
    size: int
    samples: int
    agreement: float | None
    sqnr_db: float | None
    latency_ms: float | None = None
    ram_bytes: int | None = None

    @property
    def quality(self) -> float:
        """The ratio in dB, with exactness above all."""
        return float("inf") if self.sqnr_db is None else self.sqnr_db

    def to_json(self) -> dict[str, Any]:
        """Return the evidence as JSON values."""
        return asdict(self)


def beats(one: Evidence, other: Evidence, *, margin: float = 0.0) -> bool:
    """Whether one is no larger, no slower and better by a margin in dB, and not the same in all."""
    slower = one.latency_ms is not None and other.latency_ms is not None and one.latency_ms > STEADY * other.latency_ms
    if one.size > other.size or slower or one.quality < other.quality + margin:
        return False
    faster = one.latency_ms is not None and other.latency_ms is not None and STEADY * one.latency_ms < other.latency_ms
    return faster or one.size < other.size or one.quality > other.quality


def front(found: Sequence[Evidence], *, margin: float = 0.0) -> list[Evidence]:
    """Return those that none beats, the smallest first."""
    kept = [each for each in found if not any(beats(other, each, margin=margin) for other in found)]
    return sorted(kept, key=lambda each: (each.size, -each.quality))


def violations(found: Evidence, limits: SearchRecipe, max_drop: float) -> dict[str, float]:
    """Return the limits that a candidate breaks, and by what factor; an empty dict if none.

    Of answers, the share that changed counts; with none that changed of n, up to 3 in n may be missed (the rule of
    three), which the certificate on held-out samples finds.
    """
    shares = {
        "drop": (None if found.agreement is None else 1 - found.agreement, max_drop),
        "size": (found.size, limits.max_bytes),
        "latency": (found.latency_ms, limits.max_latency_ms),
        "RAM": (found.ram_bytes, limits.max_ram_bytes),
    }
    return {
        name: value / limit if limit else float("inf")
        for name, (value, limit) in shares.items()
        if value is not None and limit is not None and value > limit
    }


def pick(found: Sequence[Evidence], limits: SearchRecipe, max_drop: float) -> Evidence | None:
    """Return the smallest candidate within all limits; of equal size the best answers."""
    within = [each for each in found if not violations(each, limits, max_drop)]
    return min(within, key=lambda each: (each.size, -each.quality), default=None)


def nearest_miss(found: Sequence[Evidence], limits: SearchRecipe, max_drop: float) -> Evidence:
    """Return the candidate that breaks its limits by the least factor in all."""

    def excess(each: Evidence) -> float:
        product = 1.0
        for factor in violations(each, limits, max_drop).values():
            product *= factor
        return product

    return min(found, key=excess)
