"""Delta debugging finds exactly the culprits, with few questions."""

from __future__ import annotations

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from edgekit.debugging.delta_debugging import fewest


@settings(deadline=None)
@given(st.integers(2, 200), st.sets(st.integers(0, 199), min_size=1, max_size=4))
def test_the_culprits_and_none_else(count: int, chosen: set[int]) -> None:
    names = [str(place) for place in range(count)]
    culprits = {str(place % count) for place in chosen}
    found = fewest(names, lambda restored: float(len(culprits - restored)), 0.0)
    assert set(found) == culprits


def test_few_questions_where_the_culprits_rank_first() -> None:
    names = [str(place) for place in range(500)]
    asked = []

    def error(restored: frozenset[str]) -> float:
        asked.append(restored)
        return float(not {"0", "1"} <= restored)

    assert set(fewest(names, error, 0.5)) == {"0", "1"}
    assert len(asked) <= 2 + 2 * math.log2(500)
