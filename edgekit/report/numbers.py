"""How a report says a number.

A number that was not measured is said to be so. Rounding never turns a small number into none, nor nearly all into all.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from edgekit.adapters.metric import Notation, Unit, load_metric, metric_names
from edgekit.adapters.task import load_task
from edgekit.documents.run import ParityRule
from edgekit.system import printable

MISSING = "not measured"
MINUS = "\N{MINUS SIGN}"
TIMES = "\N{MULTIPLICATION SIGN}"
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
Interval = Sequence[float | None] | None


def number(value: float | None, digits: int = 3) -> str:
    """Return ``value`` with that many significant digits."""
    if value is None:
        return MISSING
    if 10**digits <= abs(value) < 10**6:
        return f"{value:.0f}".replace("-", MINUS)
    mantissa, _, power = f"{value:.{digits}g}".replace("-", MINUS).partition("e")
    return f"{mantissa}{TIMES}{ten_to(int(power.replace(MINUS, '-')))}" if power else mantissa


def ten_to(power: int) -> str:
    """Return a power of ten, as in ``10⁻³``."""
    return "10" + str(power).translate(SUPERSCRIPTS)


def score(value: float | None) -> str:
    """Return a model's own score of an answer, as in ``0.610``."""
    return f"{value:.3f}".replace("-", MINUS) if value is not None and abs(value) <= 1 else number(value, 4)


def count(value: int | None) -> str:
    """Return a whole number, its thousands set apart."""
    return MISSING if value is None else f"{value:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def size(value: int | None) -> str:
    """Return a number of bytes in decimal units that no line break parts from its unit, as in ``3.10 MB``."""
    return MISSING if value is None else printable.size(value).replace(" ", "\N{NO-BREAK SPACE}")


def ratio(value: int | None, total: int | None) -> str:
    """Return what part of ``total`` bytes ``value`` bytes are, as in ``22%``."""
    return MISSING if value is None or not total else f"{value / total:.0%}"


def share(value: float | None) -> str:
    """Return a share in percent, as in ``97.5%``."""
    if value is None:
        return MISSING
    if 0.9995 <= value < 1:
        return ">99.9%"
    return "<0.1%" if 0 < value < 0.0005 else f"{100 * value:.1f}%"


def points(value: float | None) -> str:
    """Return a difference of two shares in percentage points, as in ``1.5``."""
    if value is None:
        return MISSING
    scaled = 100 * value
    if 0 < abs(scaled) < 0.05:
        return number(scaled, 1)
    return f"{scaled:.1f}".replace("-", MINUS).replace(f"{MINUS}0.0", "0.0")


def share_interval(interval: Interval) -> str:
    """Return an interval of a share, as in ``70.9% to 92.9%``."""
    return MISSING if interval is None else f"{share(interval[0])} to {share(interval[1])}"


def number_interval(interval: Interval) -> str:
    """Return an interval of a plain number, as in ``0.2 to 0.4``."""
    return MISSING if interval is None else f"{number(interval[0])} to {number(interval[1])}"


def milliseconds(value: float | None) -> str:
    """Return a time in milliseconds, as in ``1.40 ms``."""
    if value is None:
        return MISSING
    decimals = max(0, 2 - math.floor(math.log10(value))) if value > 0 else 0
    return f"{value:.{min(decimals, 3)}f}\N{NO-BREAK SPACE}ms"


def decibel(value: float) -> str:
    """Return a signal-to-noise ratio, as in ``30.1 dB``."""
    return f"{value:.1f}\N{NO-BREAK SPACE}dB".replace("-", MINUS)


def cosine(value: float | None) -> str:
    """Return a cosine similarity, as in ``0.9871``."""
    if value is None:
        return MISSING
    return ">0.9999" if 0.99995 <= value < 1 else f"{value:.4f}".replace("-", MINUS)


@dataclass(frozen=True, kw_only=True)
class Metric:
    """How the scores of one metric, and their differences, are written and drawn.

    Attributes:
        notation: The metric's own.
        threshold: Similarity from which on a sample agrees; None: it has none.
        truth_heading: What stands above that which is right for a sample.
    """

    notation: Notation
    threshold: float | None = None
    truth_heading: str = "True label"

    @property
    def has_drop(self) -> bool:
        """Whether original and artifact have scores of their own; else only how alike their answers are is known."""
        return self.notation.drop is not None

    @property
    def heading(self) -> str:
        """What a column of scores is called."""
        return self.title.capitalize() if self.threshold is None else f"Median {self.title}"

    @property
    def title(self) -> str:
        """The metric as people write it."""
        return self.notation.title

    @property
    def agrees(self) -> str:
        """When a sample agrees."""
        return self.notation.agrees or f"{self.title} \N{GREATER-THAN OR EQUAL TO} {self.score(self.threshold)}"

    @property
    def is_share(self) -> bool:
        """Whether it is a share of the samples, or of the targets' spread, written in percent."""
        return self.notation.unit is Unit.SHARE

    @property
    def scale(self) -> float:
        """What a score is multiplied with before it is drawn."""
        return 100.0 if self.is_share else 1.0

    @property
    def drop_unit(self) -> str:
        """The unit of a drop, led by a space; empty for a metric that has none."""
        return " points" if self.is_share else ""

    def score(self, value: float | None) -> str:
        """Return a score."""
        if self.notation.unit is Unit.DECIBEL:
            return MISSING if value is None else decibel(value)
        if self.is_share:
            return share(value)
        return number(value, 3 if self.threshold is None else 4)

    def score_interval(self, interval: Interval) -> str:
        """Return the interval of a score; an end that is infinite, of answers without any error, has no number."""
        if self.threshold is not None and interval is not None:
            return " to ".join("exact" if end is None else self.score(end) for end in interval)
        return share_interval(interval) if self.is_share else number_interval(interval)

    def drop(self, value: float | None) -> str:
        """Return a difference of two scores, without its unit."""
        return points(value) if self.is_share else number(value)

    def drop_interval(self, interval: Interval) -> str:
        """Return the interval of a difference of two scores, without its unit."""
        return MISSING if interval is None else f"{self.drop(interval[0])} to {self.drop(interval[1])}"


AGREEMENT = Metric(notation=Notation(name="agreement", title="agreement", unit=Unit.SHARE))
"""How the share of samples that agree is drawn, whatever they agree by."""


def metric_of(rule: ParityRule | None) -> Metric:
    """Return how the scores of a run are written; without a rule, or if nothing was judged, they are just scores.

    Of a metric that only another version of edgekit has, its name and plain numbers are written.
    """
    name = "score" if rule is None or rule.metric is None else rule.metric
    threshold = None if rule is None else rule.threshold
    if name not in metric_names():
        return Metric(notation=Notation(name=name, title=name, unit=Unit.NUMBER, drop="drop"), threshold=threshold)
    metric = load_metric(name)
    if metric.TASK is None:
        return Metric(notation=metric.NOTATION, threshold=threshold)
    heading = load_task(metric.TASK).TRUTH_HEADING
    return Metric(notation=metric.NOTATION, threshold=threshold, truth_heading=heading)
