"""Delta debugging: the fewest suspects that, put right together, make the error go away."""

from __future__ import annotations

from collections.abc import Callable, Sequence

Measure = Callable[[frozenset[str]], float]
"""Returns the error, as a power, that is left with some suspects put right."""


def fewest(suspects: Sequence[str], error: Measure, goal: float) -> list[str]:
    """Return the fewest of ranked suspects that bring the error down to a goal.

    The shortest beginning of the list that does is found by bisection, then each of its members, or half of them at a
    time while there are many, is left out again if the rest does as well (Zeller and Hildebrandt 2002, "Simplifying and
    isolating failure-inducing input"). For k culprits of n that rank first it asks about k + log n times.

    Args:
        suspects: Their names, the most suspicious first; all of them together bring the error down.
        error: Measures; it is asked once for each set.
        goal: The error to reach.
    """
    low, high = 0, len(suspects)  # the first `low` do not suffice, the first `high` do
    while high - low > 1:
        step = 2 * low + 1 if high == len(suspects) else (low + high) // 2  # from the front: few are expected
        middle = min(max(step, low + 1), high - 1)
        if error(frozenset(suspects[:middle])) <= goal:
            high = middle
        else:
            low = middle
    return _without_idle(list(suspects[:high]), error, goal)


def _without_idle(culprits: list[str], error: Measure, goal: float) -> list[str]:
    """Leave out what is not needed: the least suspicious first, in pieces that halve."""
    size = max(1, len(culprits) // 2)
    while True:
        start = len(culprits) - size
        while start >= 0 and len(culprits) > 1:
            fewer = culprits[:start] + culprits[start + size :]
            if fewer and error(frozenset(fewer)) <= goal:
                culprits = fewer
            start -= size
        if size == 1:
            return culprits
        size //= 2
