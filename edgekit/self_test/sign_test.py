"""The sign test: whether errors grew on more samples than chance allows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edgekit.system.optional import require

ALARM = 1e-3
"""Probability with which the sign test takes a faithful artifact for a faulty one."""
ALIKE = 1.05
"""Errors by less than this factor apart count as equal: noise alone makes small ones a little larger."""


def farther(after: NDArray[np.float64], before: NDArray[np.float64]) -> tuple[int, float]:
    """Return on how many samples errors ``[n]`` grew, and the probability of as many by chance: a one-sided sign test.

    Errors that are alike by a factor of `ALIKE` count for neither side.
    """
    worse, better = int((after > ALIKE * before).sum()), int((before > ALIKE * after).sum())
    if not worse + better:
        return worse, 1.0
    stats = require("scipy.stats", asked="a verdict", extra="parity")
    return worse, float(stats.binomtest(worse, worse + better, alternative="greater").pvalue)


def alarms_by_chance(trials: int, rate: float) -> int:
    """Return how many of some trials ring by chance at most, once in a thousand times more."""
    stats = require("scipy.stats", asked="a verdict", extra="parity")
    return int(stats.binom.isf(ALARM, trials, rate))
