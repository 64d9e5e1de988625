"""The front, the choice and the nearest miss, on made-up evidence."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from edgekit.documents.search import Evidence
from edgekit.pareto.front import beats, front, nearest_miss, pick, violations
from edgekit.recipe.recipe import SearchRecipe

FREE = SearchRecipe()


def evidence(name: str, size: int, sqnr_db: float | None, *, agreement: float = 1.0, **more: Any) -> Evidence:
    return Evidence(name=name, bytes=size, size=size, samples=50, agreement=agreement, sqnr_db=sqnr_db, **more)


def test_who_beats_whom() -> None:
    small, good, exact = evidence("small", 10, 20.0), evidence("good", 20, 30.0), evidence("exact", 20, None)
    assert not beats(small, good)
    assert not beats(good, small)
    assert beats(exact, good)
    assert not beats(good, good)
    assert beats(evidence("both", 9, 21.0), small)
    assert not beats(evidence("both", 9, 21.0), small, margin=3.0)


def test_what_is_slower_does_not_beat() -> None:
    fast, slow = evidence("fast", 20, 30.0, latency_ms=1.0), evidence("slow", 10, 40.0, latency_ms=2.0)
    assert not beats(slow, fast)
    assert beats(structs.replace(slow, latency_ms=1.05), fast)  # the same within what timing varies


@given(st.lists(st.tuples(st.integers(1, 50), st.integers(0, 50)), min_size=1, max_size=30))
def test_nothing_on_the_front_is_beaten_and_all_else_is(points: list[tuple[int, int]]) -> None:
    found = [evidence(str(place), size, float(ratio)) for place, (size, ratio) in enumerate(points)]
    best = front(found)
    assert best
    for each in found:
        beaten = any(beats(other, each) for other in found)
        assert (each not in best) == beaten


def test_the_smallest_within_the_limits_is_chosen() -> None:
    found = [evidence("poor", 5, 5.0, agreement=0.8), evidence("small", 10, 20.0), evidence("large", 20, 40.0)]
    chosen = pick(found, FREE, 0.05)
    assert chosen is not None
    assert chosen.name == "small"
    assert pick(found, replace(FREE, max_bytes=4), 0.05) is None


def test_the_nearest_miss_breaks_its_limits_least() -> None:
    limits = replace(FREE, max_bytes=8, max_latency_ms=1.0)
    found = [
        evidence("slow", 8, 20.0, latency_ms=9.0),
        evidence("large", 10, 20.0, latency_ms=1.0),
        evidence("poor", 4, 3.0, agreement=0.5, latency_ms=1.0),
    ]
    assert pick(found, limits, 0.05) is None
    assert nearest_miss(found, limits, 0.05).name == "large"
    assert list(violations(found[0], limits, 0.05)) == ["latency"]
    assert list(violations(found[2], limits, 0.05)) == ["drop"]
