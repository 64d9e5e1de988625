"""The chart of size against score."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from edgekit.documents.document import Interval
from edgekit.report.drawn import Scored
from edgekit.report.numbers import Metric, size
from edgekit.report.themed_svg import COLOURS, FONT_SIZE, canvas, render_svg
from edgekit.report.verdict_markers import draw_mark, draw_span

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH = 360
LEFT, TOP, BOTTOM = 52, 22, 44
# Between the axes and a label, and about how wide a letter is.
LEADER, LETTER = 24, 6.4
EDGE = 8
MARK_GAP, LABEL_GAP = 9, 15


def draw_sizes(artifacts: Sequence[Scored], metric: Metric, limit: float | None, *, height: int) -> str:
    """Return each artifact's size against its score; its bar is the interval of its drop, laid at its score."""
    height = max(height, 160, len(artifacts) * LABEL_GAP + 2 * EDGE)
    longest = max(len(artifact.variant) for artifact in artifacts)
    right = LEADER + min(round(longest * LETTER), WIDTH // 2)
    axes = canvas(WIDTH, height + TOP + BOTTOM, left=LEFT, right=right, top=TOP, bottom=BOTTOM)
    heights = _draw_size_axis(axes, [artifact.bytes or 0 for artifact in artifacts], height)
    sign = _drop_sign(artifacts)
    spans = [_score_span(artifact, sign) for artifact in artifacts]
    _draw_score_axis(axes, artifacts, spans, metric, None if limit is None else sign * limit)
    marks = spread(heights, gap=MARK_GAP, low=EDGE, high=height - EDGE)
    labels = spread(heights, gap=LABEL_GAP, low=EDGE, high=height - EDGE)
    leader = LEADER / (WIDTH - LEFT - right)
    for artifact, span, mark, label in zip(artifacts, spans, marks, labels, strict=True):
        draw_span(axes, span, mark, artifact.verdict, scale=metric.scale)
        draw_mark(axes, artifact.candidate * metric.scale, mark, artifact.verdict)
        _draw_label(axes, artifact.variant, mark, label, leader)
    title = f"Size of each variant against its {metric.title}; the table has the numbers."
    return render_svg(axes, name="sizes-chart", title=title)


def _drop_sign(artifacts: Sequence[Scored]) -> int:
    """Return -1 if a drop lowers the score, as it does an accuracy, and 1 if it raises it, as it does an error."""
    agreed = sum(
        (artifact.reference - artifact.candidate) * artifact.drop
        for artifact in artifacts
        if artifact.reference is not None
    )
    return -1 if agreed >= 0 else 1


def _score_span(artifact: Scored, sign: int) -> Interval | None:
    """Return the interval of the drop, laid so that the drop itself falls on the score."""
    if artifact.drop_interval is None:
        return None
    ends = [artifact.candidate + sign * (end - artifact.drop) for end in artifact.drop_interval]
    return min(ends), max(ends)


def _draw_size_axis(axes: Axes, sizes: list[int], height: int) -> list[float]:
    """Draw the sizes' ticks, and return how many pixels from the top each size lies; the greatest is at the top."""
    scale: Callable[[float], float] = math.log10 if max(sizes) > 3 * min(sizes) else float
    low, high = scale(min(sizes)), scale(max(sizes))
    low, high = (low, high) if high > low else (low * 0.9, high * 1.1)

    def pixels(value: float) -> float:
        return EDGE + (high - scale(value)) / (high - low) * (height - 2 * EDGE)

    for tick in _size_ticks(min(sizes), max(sizes)):
        axes.axhline(pixels(tick), color=COLOURS["line"], linewidth=0.6, zorder=0)
        axes.text(
            -0.03,
            pixels(tick),
            size(tick).replace(".00", ""),
            color=COLOURS["muted"],
            size=10,
            ha="right",
            va="center_baseline",
            transform=axes.get_yaxis_transform(),
        )
    return [pixels(value) for value in sizes]


def _size_ticks(low: int, high: int) -> list[int]:
    """Return at least three round sizes from ``low`` to ``high``, or the two ends if none lie so close."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for steps in ((1,), (1, 2, 5), (1, 2, 3, 5, 7)):
        ticks = [round(step * 10**power) for power in powers for step in steps]
        inside = [tick for tick in ticks if low <= tick <= high]
        if len(inside) > 2:
            return inside
    return sorted({low, high})


def _draw_score_axis(
    axes: Axes,
    artifacts: Sequence[Scored],
    spans: Sequence[Interval | None],
    metric: Metric,
    limit: float | None,
) -> None:
    references = {artifact.reference for artifact in artifacts}
    ends = [artifact.candidate for artifact in artifacts] + [end for span in spans if span for end in span]
    if len(references) == 1 and None not in references:
        (reference,) = references
        assert reference is not None, "asked before"
        lines = {"original": reference}
        if limit is not None:
            lines["limit"] = reference + limit
        ends += lines.values()
        _draw_lines(axes, lines, metric)
    low, high = min(ends) * metric.scale, max(ends) * metric.scale
    margin = 0.06 * (high - low) or 1.0
    axes.set_xlim(low - margin, high + margin)
    axes.locator_params(axis="x", nbins=4)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}".replace("-", "\N{MINUS SIGN}"))
    axes.set_xlabel(f"{metric.title}{', %' if metric.is_share else ''}", color=COLOURS["muted"], labelpad=5)


def _draw_lines(axes: Axes, lines: dict[str, float], metric: Metric) -> None:
    """Draw the original's score and the limit, their names on the sides away from each other."""
    colours = {"original": "muted", "limit": "fail"}
    leftmost = min(lines, key=lambda name: lines[name])
    for name, value in lines.items():
        dashes = (0, (4, 3)) if name == "limit" else "solid"
        axes.axvline(value * metric.scale, color=COLOURS[colours[name]], linewidth=1, linestyle=dashes, zorder=1)
        axes.text(
            value * metric.scale,
            1.01,
            name,
            color=COLOURS[colours[name]],
            size=10,
            va="bottom",
            ha="right" if name == leftmost else "left",
            transform=axes.get_xaxis_transform(),
        )


def _draw_label(axes: Axes, name: str, mark: float, label: float, leader: float) -> None:
    """Write a variant's name beside the axes, joined with its mark by a line that is ``leader`` axes wide."""
    transform, colour = axes.get_yaxis_transform(), COLOURS["muted"]
    ends = [1 + share * leader for share in (0, 0.15, 0.7, 0.85)]
    heights = [mark, mark, label, label]
    axes.plot([0, 1], [mark, mark], color=COLOURS["line"], linewidth=0.5, transform=transform, zorder=0)
    axes.plot(ends, heights, color=colour, linewidth=0.6, transform=transform, clip_on=False)
    axes.text(1 + leader, label, name, color=COLOURS["ink"], size=FONT_SIZE, va="center_baseline", transform=transform)


def spread(heights: Sequence[float], *, gap: float, low: float, high: float) -> list[float]:
    """Return heights at least ``gap`` apart, in the same order, moved as little as possible (in least squares).

    Without the gaps owed to their rank this is an isotonic regression (Barlow et al., Statistical Inference under Order
    Restrictions, 1972). The result keeps within ``low`` and ``high`` if it can.
    """
    if not heights:
        return []
    from scipy.optimize import isotonic_regression  # heavy

    order = sorted(range(len(heights)), key=lambda index: heights[index])
    levels = isotonic_regression([heights[index] - rank * gap for rank, index in enumerate(order)]).x
    ceiling = high - (len(heights) - 1) * gap
    moved = [0.0] * len(heights)
    for rank, index in enumerate(order):
        moved[index] = max(min(float(levels[rank]), ceiling), low) + rank * gap
    return moved
