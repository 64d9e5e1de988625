"""Intervals and the numbers of samples that they need.

The methods, named in every report:

- a share (score, agreement): Wilson's score interval (Wilson, JASA 22, 1927; recommended by Brown, Cai and DasGupta,
  Statistical Science 16, 2001), computed by SciPy;
- a median: the sign test's interval, which assumes no distribution;
- a paired drop: Tango's score interval for the difference of two paired proportions (Tango, Statistics in Medicine 17,
  1998). It keeps its coverage when few or no answers differ, where the usual (Wald) interval shrinks to nothing;
- a mean, or a mean of paired differences: Student's t. Simulated with 95%: 94% of intervals of 30 normal values hold
  the mean, 92% of 400 values of which 2% are far off, but 78% of 80 such values, as some samples have none of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.system.optional import require

METHODS = (
    "Scores and agreement: Wilson score interval (Wilson, JASA 22, 1927), two-sided",
    "Similarity without classes: median with the sign test's interval (Conover, Practical Nonparametric Statistics)",
    "Drop: score interval for the difference of paired proportions (Tango, Statistics in Medicine 17, 1998), two-sided",
    "Error of values: Student's t for the mean of paired differences; too narrow where a rare error is large",
    "Verdict: pass if the whole interval of the drop is within the limit, fail if all of it is outside, else "
    "inconclusive; intervals are per variant, not corrected for looking at several",
)

Interval = tuple[float, float]

_MOST_SAMPLES = 10_000_000


def wilson_interval(successes: int, trials: int, confidence: float) -> Interval:
    """Return Wilson's score interval of a share.

    Args:
        successes: Number of successes.
        trials: Number of trials, at least one.
        confidence: Two-sided confidence level, such as 0.95.
    """
    stats = require("scipy.stats", asked="an interval", extra="parity")
    found = stats.binomtest(successes, trials).proportion_ci(confidence, method="wilson")
    return float(found.low), float(found.high)


def median_interval(values: NDArray[np.float64], confidence: float) -> Interval | None:
    """Return the sign test's interval of a median, which assumes no distribution; None if there are too few values.

    Source: Conover, Practical Nonparametric Statistics, 3rd edition, section 3.2, as in SciPy's ``quantile_test``.
    """
    stats = require("scipy.stats", asked="an interval", extra="parity")
    found = stats.quantile_test(values, p=0.5).confidence_interval(confidence)
    return None if math.isnan(found.low) or math.isnan(found.high) else (float(found.low), float(found.high))


def paired_drop_interval(lost: float, won: float, trials: float, confidence: float) -> Interval:
    """Return Tango's score interval of ``(lost - won) / trials``.

    Args:
        lost: Number of samples that were right before and are wrong after.
        won: Number of samples that were wrong before and are right after.
        trials: Number of samples; not rounded, so that a planned number can be asked about.
        confidence: Two-sided confidence level.
    """
    stats = require("scipy.stats", asked="an interval", extra="parity")
    z = float(stats.norm.ppf((1 + confidence) / 2))
    optimize = require("scipy.optimize", asked="an interval", extra="parity")
    centre = (lost - won) / trials

    def bound(target: float, outer: float) -> float:
        def excess(difference: float) -> float:
            return _tango_score(lost, won, trials, difference) - target

        if abs(centre - outer) < 1e-6:
            return outer
        return float(optimize.brentq(excess, *sorted((centre, outer)), xtol=1e-10))

    edge = 1 - 1e-9  # at a difference of exactly one the score is 0 / 0
    return max(-1.0, bound(z, -edge)), min(1.0, bound(-z, edge))


def _tango_score(lost: float, won: float, trials: float, difference: float) -> float:
    """Return the score statistic of the hypothesis that the drop is ``difference`` (Tango 1998, equations 7 to 9)."""
    deviation = lost - won - trials * difference
    a = 2 * trials
    b = -lost - won + (2 * trials - lost + won) * difference
    c = -won * difference * (1 - difference)
    p = (math.sqrt(max(0.0, b * b - 4 * a * c)) - b) / (2 * a)
    variance = trials * (2 * p + difference * (1 - difference))
    if variance <= 0:
        return 0.0 if deviation == 0 else math.copysign(math.inf, deviation)
    return deviation / math.sqrt(variance)


def mean_interval(values: NDArray[np.float64], confidence: float) -> Interval:
    """Return Student's t interval of a mean; infinite of a single value, or where a value is."""
    stats = require("scipy.stats", asked="an interval", extra="parity")
    if len(values) < 2 or not np.isfinite(values).all():
        return -math.inf, math.inf
    found = stats.ttest_1samp(values, 0.0).confidence_interval(confidence)
    centre = float(values.mean())
    low, high = float(found.low), float(found.high)
    return (centre, centre) if math.isnan(low) else (low, high)


def samples_to_decide(interval_at: Callable[[float], Interval], limit: float, trials: int) -> int | None:
    """Return the smallest number of samples at which the interval would lie on one side of a limit.

    It assumes that further samples answer as the ones so far did; None if no number up to ten million would do.

    Args:
        interval_at: The interval for a number of samples, at the rates seen.
        limit: The limit.
        trials: The number of samples so far, which does not decide.
    """

    def decides(count: float) -> bool:
        low, high = interval_at(count)
        return high <= limit or low > limit

    top = float(trials)
    while not decides(top):
        top *= 2
        if top > _MOST_SAMPLES:
            return None
    low, high = trials, math.ceil(top)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if decides(middle) else (middle, high)
    return high


def require_statistics() -> Any:
    """Import SciPy, or say which extra brings it."""
    return require("scipy.stats", asked="a verdict", extra="parity")
