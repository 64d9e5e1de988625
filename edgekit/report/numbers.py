"""How a report says a number.

A number that was not measured is said to be so. Rounding never turns a small number into none, nor nearly all into all.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from edgekit.documents.run import ParityRule
from edgekit.system import printable

MISSING = "not measured"
MINUS = "\N{MINUS SIGN}"
TIMES = "\N{MULTIPLICATION SIGN}"
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
# Metrics that are a share of the samples, or of the targets' spread, and so are said in percent.
SHARES = ("accuracy", "precision", "recall", "f1", "agreement", "neighbours", "exact_match", "nmae")

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
    """How the scores of one metric, and their differences, are said and drawn."""

    name: str
    threshold: float | None = None

    @classmethod
    def of(cls, rule: ParityRule | None) -> Metric:
        """Return how the scores of a run are said; without a rule they are just scores."""
        if rule is None:
            return cls(name="score")
        return cls(name=rule.metric or "score", threshold=rule.threshold)

    @property
    def has_drop(self) -> bool:
        """Whether original and artifact have scores of their own; else only how alike their answers are is known."""
        return self.threshold is None and self.name != "agreement"

    @property
    def heading(self) -> str:
        """What a column of scores is called."""
        return self.said.capitalize() if self.threshold is None else f"Median {self.said}"

    @property
    def said(self) -> str:
        """The metric as people write it."""
        names = {
            "psnr": "PSNR",
            "ssim": "SSIM",
            "sqnr": "SQNR",
            "neighbours": "same neighbour",
            "exact_match": "exact match",
            "nmae": "error / spread",
        }
        return names.get(self.name, self.name)

    @property
    def is_share(self) -> bool:
        """Whether it is a share of the samples, said in percent."""
        return self.name.endswith(SHARES)

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
        if self.name in ("psnr", "sqnr"):
            return MISSING if value is None else decibel(value)
        return share(value) if self.is_share else number(value, 4 if self.threshold is not None else 3)

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
