"""The charts of a report, drawn by matplotlib as inline SVG.

All are narrow enough for a phone at their own size, so that their text is as large there as on a desktop.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edgekit.documents.run import ArtifactEntry, CalibrationCurve, CurvePoint
from edgekit.report.drawn import Scored, Timed, scored_artifacts, timed_artifacts
from edgekit.report.numbers import Metric, milliseconds, ten_to
from edgekit.report.sizes import draw_sizes
from edgekit.report.themed_svg import COLOURS, FONT_SIZE, canvas, drawing, plane, render_svg
from edgekit.report.verdict_markers import draw_mark, draw_span

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH = 360
ROW = 38
MARK = 26
"""Where in a row its mark is, below the texts."""
TOP, BOTTOM = 22, 44
PANEL_WIDTH, PANEL_HEIGHT = 168, 96


@dataclass(frozen=True, kw_only=True)
class Panel:
    """The distribution of one output's errors."""

    variant: str
    output: str
    svg: str
    max_abs: float | None
    mean_abs: float | None


@dataclass(frozen=True, kw_only=True)
class Charts:
    """Each chart as an ``<svg>`` element; ``None``, or no panels, where nothing was measured."""

    sizes: str | None
    drops: str | None
    latencies: str | None
    calibration: str | None
    panels: tuple[Panel, ...]


def draw_charts(
    artifacts: Sequence[ArtifactEntry], metric: Metric, limit: float | None, curve: CalibrationCurve | None = None
) -> Charts:
    """Return the charts of ``artifacts``, with the greatest allowed drop ``limit`` and the calibration ``curve``."""
    scored = scored_artifacts(artifacts)
    sized = [artifact for artifact in scored if artifact.bytes]
    timed = timed_artifacts(artifacts)
    with drawing():
        return Charts(
            sizes=draw_sizes(sized, metric, limit, height=len(scored) * ROW) if sized else None,
            drops=draw_drops(scored, metric, limit) if scored else None,
            latencies=draw_latencies(timed) if timed else None,
            calibration=draw_curve(curve.points) if curve else None,
            panels=draw_panels(artifacts),
        )


def draw_drops(artifacts: Sequence[Scored], metric: Metric, limit: float | None) -> str:
    """Return the drop of each artifact with its interval, and the limit."""
    axes = canvas(WIDTH, len(artifacts) * ROW + TOP + BOTTOM, left=8, right=8, top=TOP, bottom=BOTTOM)
    ends = [0.0, *(end for artifact in artifacts for end in (artifact.drop, *(artifact.drop_interval or ())))]
    _set_x(axes, min(ends) * metric.scale, max(*ends, limit or 0.0) * metric.scale)
    _draw_limit(axes, metric, limit, rows=len(artifacts))
    axes.axvline(0, color=COLOURS["line"], linewidth=1)
    for row, artifact in enumerate(artifacts):
        value, interval = metric.drop(artifact.drop), artifact.drop_interval
        _draw_row_label(
            axes, row, artifact.variant, f"{value} ({metric.drop_interval(interval)})" if interval else value
        )
        height = row * ROW + MARK
        draw_span(axes, interval, height, artifact.verdict, scale=metric.scale)
        draw_mark(axes, artifact.drop * metric.scale, height, artifact.verdict)
    unit = ", percentage points" if metric.is_share else ""
    axes.set_xlabel(f"drop in {metric.title}{unit} (right is worse)", color=COLOURS["muted"], labelpad=5)
    title = f"Drop in {metric.title} of each variant with its interval, against the limit; the table has the numbers."
    return render_svg(axes, name="drops-chart", title=title)


def _draw_limit(axes: Axes, metric: Metric, limit: float | None, *, rows: int) -> None:
    """Draw the limit beside each row's interval, and not through the texts between."""
    if limit is None:
        return
    start, end = limit * metric.scale, axes.get_xlim()[1]
    heights = [row * ROW + MARK for row in range(rows)]
    axes.barh(heights, end - start, left=start, height=14, color=COLOURS["fail"], alpha=0.07, linewidth=0)
    tops, bottoms = [height - 7 for height in heights], [height + 7 for height in heights]
    axes.vlines([start] * rows, tops, bottoms, color=COLOURS["fail"], linewidth=1)
    axes.text(
        limit * metric.scale,
        1.01,
        f"limit {metric.drop(limit)}",
        color=COLOURS["fail"],
        size=10,
        ha="center",
        va="bottom",
        transform=axes.get_xaxis_transform(),
    )


def draw_latencies(artifacts: Sequence[Timed]) -> str:
    """Return the median latency of each artifact as a bar, drawn out to its 90th percentile."""
    axes = canvas(WIDTH, len(artifacts) * ROW + TOP + BOTTOM, left=8, right=8, top=TOP, bottom=BOTTOM)
    _set_x(axes, 0, max(artifact.p90 for artifact in artifacts))
    axes.set_xlim(left=0)
    for row, artifact in enumerate(artifacts):
        _draw_row_label(axes, row, artifact.variant, milliseconds(artifact.p50))
        height, ends = row * ROW + 25, [artifact.p50, artifact.p90]
        axes.barh(height, artifact.p50, height=8, color=COLOURS["accent"], linewidth=0)
        axes.plot(ends, [height, height], color=COLOURS["accent"], linewidth=1.4, solid_capstyle="butt")
        axes.plot(ends[1:], [height], color=COLOURS["accent"], marker="|", markersize=8, markeredgewidth=1.4)
    axes.set_xlabel("milliseconds per sample: bar to the median, line to p90", color=COLOURS["muted"], labelpad=5)
    return render_svg(axes, name="latencies-chart", title="Latency of each variant; the table has the numbers.")


def draw_curve(points: Sequence[CurvePoint]) -> str:
    """Return the signal-to-noise ratio of int8 by the number of calibration samples, on a logarithmic axis."""
    axes = plane(WIDTH, 170, left=44, right=12, top=8, bottom=BOTTOM)
    noisy = [(point.samples, point.sqnr_db) for point in points if point.sqnr_db is not None]
    counts, ratios = [count for count, _ in noisy], [ratio for _, ratio in noisy]
    axes.set_xscale("log")
    axes.plot(counts, ratios, color=COLOURS["accent"], linewidth=1.4, marker="o", markersize=4)
    axes.set_xticks(counts, [str(count) for count in counts])
    axes.minorticks_off()
    axes.set_ylabel("SQNR, dB", color=COLOURS["muted"])
    axes.set_xlabel("calibration samples", color=COLOURS["muted"], labelpad=5)
    return render_svg(axes, name="calibration-chart", title="SQNR by the number of calibration samples.")


def _set_x(axes: Axes, low: float, high: float) -> None:
    margin = 0.06 * (high - low) or 1.0
    axes.set_xlim(low - margin, high + margin)
    axes.locator_params(axis="x", nbins=5)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}".replace("-", "\N{MINUS SIGN}"))


def _draw_row_label(axes: Axes, row: int, name: str, value: str) -> None:
    """Write a row's name and its value above the row, where both have all the width."""
    transform = axes.get_yaxis_transform()
    height = row * ROW + 14
    axes.text(0, height, name, color=COLOURS["ink"], size=FONT_SIZE, transform=transform, clip_on=False)
    axes.text(1, height, value, color=COLOURS["muted"], size=10, ha="right", transform=transform, clip_on=False)


def draw_panels(artifacts: Sequence[ArtifactEntry]) -> tuple[Panel, ...]:
    """Return a histogram for each output that has one, all with the same logarithmic axis."""
    outputs = [
        (artifact.variant, name, errors, errors.histogram)
        for artifact in artifacts
        if artifact.parity is not None
        for name, errors in artifact.parity.outputs.items()
        if errors.histogram is not None and any(errors.histogram.counts)
    ]
    bounds = [_positive_edges(histogram.edges) for _, _, _, histogram in outputs]
    if not bounds:
        return ()
    low, high = min(edges[0] for edges in bounds), max(edges[-1] for edges in bounds)
    return tuple(
        Panel(
            variant=variant,
            output=name,
            svg=_draw_panel(f"errors-{index}", edges, histogram.counts, (low, high)),
            max_abs=errors.max_abs,
            mean_abs=errors.mean_abs,
        )
        for index, ((variant, name, errors, histogram), edges) in enumerate(zip(outputs, bounds, strict=True))
    )


def _positive_edges(edges: Sequence[float]) -> list[float]:
    """Return ``edges`` for a logarithmic axis: a bin that starts at zero gets a decade."""
    return [edges[1] / 10, *edges[1:]] if edges[0] <= 0 else list(edges)


def _draw_panel(name: str, edges: Sequence[float], counts: Sequence[int], limits: tuple[float, float]) -> str:
    axes = canvas(PANEL_WIDTH, PANEL_HEIGHT, left=16, right=16, top=4, bottom=22)
    axes.set_xscale("log")
    axes.set_xlim(*limits)
    axes.set_ylim(0, max(counts) * 1.05)
    axes.stairs(counts, edges, fill=True, color=COLOURS["accent"], linewidth=0)
    axes.minorticks_off()
    axes.set_xticks(_decades(*limits))
    axes.xaxis.set_major_formatter(lambda value, _: ten_to(round(math.log10(value))))
    return render_svg(axes, name=name, title="Distribution of the absolute error; the numbers are in the details.")


def _decades(low: float, high: float) -> list[float]:
    """Return at most four powers of ten from ``low`` to ``high``, evenly far apart."""
    first, last = math.ceil(math.log10(low)), math.floor(math.log10(high))
    step = max(1, math.ceil((last - first + 1) / 4))
    return [10.0**power for power in range(first, last + 1, step)]
