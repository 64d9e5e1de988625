"""The front: candidates that no other one beats in everything."""

from __future__ import annotations

import math
from collections.abc import Sequence

from edgekit.documents.search import Evidence
from edgekit.recipe.recipe import SearchRecipe

STEADY = 1.1
"""Latencies that differ by less than this factor are the same: they vary from run to run."""
NEAR_DB = 3.0
"""Ratios that lie nearer together than this are alike while only a few samples told them."""


def beats(rival: Evidence, candidate: Evidence, *, margin: float = 0.0) -> bool:
    """Whether a rival is no larger, no slower and better by a margin in dB, and not the same in all."""
    slower = _faster(candidate, rival)
    if rival.size > candidate.size or slower or rival.quality < candidate.quality + margin:
        return False
    return _faster(rival, candidate) or rival.size < candidate.size or rival.quality > candidate.quality


def _faster(rival: Evidence, candidate: Evidence) -> bool:
    """Whether a rival is faster by more than latencies vary; what was not timed is not faster."""
    if rival.latency_ms is None or candidate.latency_ms is None:
        return False
    return STEADY * rival.latency_ms < candidate.latency_ms


def front(candidates: Sequence[Evidence], *, margin: float = 0.0) -> list[Evidence]:
    """Return those that none beats, the smallest first."""
    unbeaten = [candidate for candidate in candidates if not _beaten(candidate, candidates, margin)]
    return sorted(unbeaten, key=lambda evidence: (evidence.size, -evidence.quality))


def _beaten(candidate: Evidence, rivals: Sequence[Evidence], margin: float) -> bool:
    return any(beats(rival, candidate, margin=margin) for rival in rivals)


def violations(evidence: Evidence, limits: SearchRecipe, max_drop: float) -> dict[str, float]:
    """Return the limits that a candidate breaks, and by what factor; an empty dict if none.

    Of answers, the share that changed counts; with none that changed of n, up to 3 in n may be missed (the rule of
    three), which the certificate on held-out samples finds.
    """
    measured = {
        "drop": (None if evidence.agreement is None else 1 - evidence.agreement, max_drop),
        "size": (evidence.size, limits.max_bytes),
        "latency": (evidence.latency_ms, limits.max_latency_ms),
        "RAM": (evidence.ram_bytes, limits.max_ram_bytes),
    }
    return {
        name: value / limit if limit else float("inf")
        for name, (value, limit) in measured.items()
        if value is not None and limit is not None and value > limit
    }


def pick(candidates: Sequence[Evidence], limits: SearchRecipe, max_drop: float) -> Evidence | None:
    """Return the smallest candidate within all limits; of equal size the best answers."""
    within = [candidate for candidate in candidates if not violations(candidate, limits, max_drop)]
    return min(within, key=lambda evidence: (evidence.size, -evidence.quality), default=None)


def nearest_miss(candidates: Sequence[Evidence], limits: SearchRecipe, max_drop: float) -> Evidence:
    """Return the candidate that breaks its limits by the least factor in all."""
    return min(candidates, key=lambda evidence: math.prod(violations(evidence, limits, max_drop).values()))
