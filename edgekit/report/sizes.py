"""The chart of size against score."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

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


def draw_sizes(artifacts: list[dict[str, Any]], metric: Metric, limit: float | None, *, height: int) -> str:
    """Return each artifact's size against its score; its bar is the interval of its drop, laid at its score."""
    height = max(height, 160, len(artifacts) * LABEL_GAP + 2 * EDGE)
    names = [artifact["variant"] for artifact in artifacts]
    right = LEADER + min(round(max(map(len, names)) * LETTER), WIDTH // 2)
    axes = canvas(WIDTH, height + TOP + BOTTOM, left=LEFT, right=right, top=TOP, bottom=BOTTOM)
    places = _draw_size_axis(axes, [artifact["bytes"] for artifact in artifacts], height)
    sign = _drop_sign([artifact["parity"]["task"] for artifact in artifacts])
    spans = [_score_span(artifact["parity"]["task"], sign) for artifact in artifacts]
    _draw_score_axis(axes, artifacts, spans, metric, None if limit is None else sign * limit)
    marks = spread(places, gap=MARK_GAP, low=EDGE, high=height - EDGE)
    labels = spread(places, gap=LABEL_GAP, low=EDGE, high=height - EDGE)
    leader = LEADER / (WIDTH - LEFT - right)
    for artifact, span, mark, label in zip(artifacts, spans, marks, labels, strict=True):
        verdict = artifact["parity"]["verdict"]
        draw_span(axes, span, mark, verdict, scale=metric.scale)
        draw_mark(axes, artifact["parity"]["task"]["candidate"] * metric.scale, mark, verdict)
        _draw_label(axes, artifact["variant"], mark, label, leader)
    title = f"Size of each variant against its {metric.said}; the table has the numbers."
    return render_svg(axes, name="sizes-chart", title=title)


def _drop_sign(tasks: list[dict[str, Any]]) -> int:
    """Return -1 if a drop lowers the score, as it does an accuracy, and 1 if it raises it, as it does an error."""
    agreed = sum(
        (task["reference"] - task["candidate"]) * task["drop"] for task in tasks if task["reference"] is not None
    )
    return -1 if agreed >= 0 else 1


def _score_span(task: dict[str, Any], sign: int) -> tuple[float, float] | None:
    """Return the interval of the drop, laid so that the drop itself falls on the score."""
    if task["drop_interval"] is None:
        return None
    low, high = (task["candidate"] + sign * (end - task["drop"]) for end in task["drop_interval"])
    return min(low, high), max(low, high)


def _draw_size_axis(axes: Axes, sizes: list[int], height: int) -> list[float]:
    """Draw the sizes' ticks, and return how many pixels from the top each size lies; the greatest is at the top."""
    scale: Callable[[float], float] = math.log10 if max(sizes) > 3 * min(sizes) else float
    low, high = scale(min(sizes)), scale(max(sizes))
    low, high = (low, high) if high > low else (low * 0.9, high * 1.1)

    def place(value: float) -> float:
        return EDGE + (high - scale(value)) / (high - low) * (height - 2 * EDGE)

    for tick in _size_ticks(min(sizes), max(sizes)):
        axes.axhline(place(tick), color=COLOURS["line"], linewidth=0.6, zorder=0)
        axes.text(
            -0.03, place(tick), size(tick).replace(".00", ""), color=COLOURS["muted"], size=10,
            ha="right", va="center_baseline", transform=axes.get_yaxis_transform(),
        )  # fmt: skip
    return [place(value) for value in sizes]


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
    artifacts: list[dict[str, Any]],
    spans: list[tuple[float, float] | None],
    metric: Metric,
    limit: float | None,
) -> None:
    tasks = [artifact["parity"]["task"] for artifact in artifacts]
    references = {task["reference"] for task in tasks}
    ends = [task["candidate"] for task in tasks] + [end for span in spans if span for end in span]
    if len(references) == 1 and None not in references:
        (reference,) = references
        lines = {"original": reference} | ({} if limit is None else {"limit": reference + limit})
        ends += lines.values()
        _draw_lines(axes, lines, metric)
    low, high = min(ends) * metric.scale, max(ends) * metric.scale
    margin = 0.06 * (high - low) or 1.0
    axes.set_xlim(low - margin, high + margin)
    axes.locator_params(axis="x", nbins=4)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}".replace("-", "\N{MINUS SIGN}"))
    axes.set_xlabel(f"{metric.said}{', %' if metric.is_share else ''}", color=COLOURS["muted"], labelpad=5)


def _draw_lines(axes: Axes, lines: dict[str, float], metric: Metric) -> None:
    """Draw the original's score and the limit, their names on the sides away from each other."""
    colours = {"original": "muted", "limit": "fail"}
    leftmost = min(lines, key=lambda name: lines[name])
    for name, value in lines.items():
        dashes = (0, (4, 3)) if name == "limit" else "solid"
        axes.axvline(value * metric.scale, color=COLOURS[colours[name]], linewidth=1, linestyle=dashes, zorder=1)
        axes.text(
            value * metric.scale, 1.01, name, color=COLOURS[colours[name]], size=10, va="bottom",
            ha="right" if name == leftmost else "left", transform=axes.get_xaxis_transform(),
        )  # fmt: skip


def _draw_label(axes: Axes, name: str, mark: float, label: float, leader: float) -> None:
    """Write a variant's name beside the axes, joined with its mark by a line that is ``leader`` axes wide."""
    place = axes.get_yaxis_transform()
    ends = [1 + part * leader for part in (0, 0.15, 0.7, 0.85)]
    axes.plot([0, 1], [mark, mark], color=COLOURS["line"], linewidth=0.5, transform=place, zorder=0)
    axes.plot(
        ends, [mark, mark, label, label], color=COLOURS["muted"], linewidth=0.6, transform=place, clip_on=False
    )  # fmt: skip
    axes.text(1 + leader, label, name, color=COLOURS["ink"], size=FONT_SIZE, va="center_baseline", transform=place)


def spread(places: Sequence[float], *, gap: float, low: float, high: float) -> list[float]:
    """Return places at least ``gap`` apart, in the same order, moved as little as possible (in least squares).

    Without the gaps owed to their rank this is an isotonic regression, solved by pooling adjacent violators (Barlow et
    al., Statistical Inference under Order Restrictions, 1972). The result keeps within ``low`` and ``high`` if it can.
    """
    order = sorted(range(len(places)), key=lambda index: places[index])
    pools: list[list[float]] = []
    for rank, index in enumerate(order):
        pools.append([places[index] - rank * gap])
        while len(pools) > 1 and _mean(pools[-2]) >= _mean(pools[-1]):
            last = pools.pop()
            pools[-1] += last
    level = [_mean(pool) for pool in pools for _ in pool]
    ceiling = high - (len(places) - 1) * gap
    moved = {index: max(min(level[rank], ceiling), low) + rank * gap for rank, index in enumerate(order)}
    return [moved[index] for index in range(len(places))]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
