"""The charts of a report, drawn by matplotlib as inline SVG.

All are narrow enough for a phone at their own size, so that their text is as large there as on a desktop.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from edgekit.report.numbers import Metric, milliseconds, ten_to
from edgekit.report.sizes import draw_sizes
from edgekit.report.themed_svg import COLOURS, FONT_SIZE, canvas, drawing, plane, render_svg
from edgekit.report.verdict_markers import MARKS, draw_mark, draw_span

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
    artifacts: list[dict[str, Any]], metric: Metric, limit: float | None, curve: dict[str, Any] | None = None
) -> Charts:
    """Return the charts of ``artifacts``, with the greatest allowed drop ``limit`` and the calibration ``curve``."""
    scored = [artifact for artifact in artifacts if _has_drop(artifact)]
    timed = [artifact for artifact in artifacts if artifact["latency"] and artifact["latency"]["p50"] is not None]
    sized = [artifact for artifact in scored if artifact["bytes"]]
    with drawing():
        return Charts(
            sizes=draw_sizes(sized, metric, limit, height=len(scored) * ROW) if sized else None,
            drops=draw_drops(scored, metric, limit) if scored else None,
            latencies=draw_latencies(timed) if timed else None,
            calibration=draw_curve(curve["points"]) if curve else None,
            panels=draw_panels(artifacts),
        )


def _has_drop(artifact: dict[str, Any]) -> bool:
    parity = artifact["parity"]
    task = parity and parity["task"]
    return bool(task and parity["verdict"] in MARKS and None not in (task["candidate"], task["drop"]))


def draw_drops(artifacts: list[dict[str, Any]], metric: Metric, limit: float | None) -> str:
    """Return the drop of each artifact with its interval, and the limit."""
    axes = canvas(WIDTH, len(artifacts) * ROW + TOP + BOTTOM, left=8, right=8, top=TOP, bottom=BOTTOM)
    tasks = [artifact["parity"]["task"] for artifact in artifacts]
    ends = [end for task in tasks for end in (task["drop"], *(task["drop_interval"] or ()))]
    low, high = min(*ends, 0.0), max(*ends, limit or 0.0)
    _set_x(axes, low * metric.scale, high * metric.scale)
    _draw_limit(axes, metric, limit, rows=len(artifacts))
    axes.axvline(0, color=COLOURS["line"], linewidth=1)
    for row, (artifact, task) in enumerate(zip(artifacts, tasks, strict=True)):
        value = metric.drop(task["drop"])
        interval = f" ({metric.drop_interval(task['drop_interval'])})" if task["drop_interval"] else ""
        _draw_row_label(axes, row, artifact["variant"], value + interval)
        verdict, place = artifact["parity"]["verdict"], row * ROW + MARK
        draw_span(axes, task["drop_interval"], place, verdict, scale=metric.scale)
        draw_mark(axes, task["drop"] * metric.scale, place, verdict)
    unit = ", percentage points" if metric.is_share else ""
    axes.set_xlabel(f"drop in {metric.said}{unit} (right is worse)", color=COLOURS["muted"], labelpad=5)
    title = f"Drop in {metric.said} of each variant with its interval, against the limit; the table has the numbers."
    return render_svg(axes, name="drops-chart", title=title)


def _draw_limit(axes: Axes, metric: Metric, limit: float | None, *, rows: int) -> None:
    """Draw the limit beside each row's interval, and not through the texts between."""
    if limit is None:
        return
    start, end = limit * metric.scale, axes.get_xlim()[1]
    places = [row * ROW + MARK for row in range(rows)]
    axes.barh(places, end - start, left=start, height=14, color=COLOURS["fail"], alpha=0.07, linewidth=0)
    axes.vlines([start] * rows, [p - 7 for p in places], [p + 7 for p in places], color=COLOURS["fail"], linewidth=1)
    transform = axes.get_xaxis_transform()
    axes.text(
        limit * metric.scale, 1.01, f"limit {metric.drop(limit)}", color=COLOURS["fail"], size=10,
        ha="center", va="bottom", transform=transform,
    )  # fmt: skip


def draw_latencies(artifacts: list[dict[str, Any]]) -> str:
    """Return the median latency of each artifact as a bar, drawn out to its 90th percentile."""
    axes = canvas(WIDTH, len(artifacts) * ROW + TOP + BOTTOM, left=8, right=8, top=TOP, bottom=BOTTOM)
    timings = [artifact["latency"] for artifact in artifacts]
    _set_x(axes, 0, max(timing["p90"] for timing in timings))
    axes.set_xlim(left=0)
    for row, (artifact, timing) in enumerate(zip(artifacts, timings, strict=True)):
        _draw_row_label(axes, row, artifact["variant"], milliseconds(timing["p50"]))
        place = row * ROW + 25
        axes.barh(place, timing["p50"], height=8, color=COLOURS["accent"], linewidth=0)
        ends = [timing["p50"], timing["p90"]]
        axes.plot(ends, [place, place], color=COLOURS["accent"], linewidth=1.4, solid_capstyle="butt")
        axes.plot(ends[1:], [place], color=COLOURS["accent"], marker="|", markersize=8, markeredgewidth=1.4)
    axes.set_xlabel("milliseconds per sample: bar to the median, line to p90", color=COLOURS["muted"], labelpad=5)
    return render_svg(axes, name="latencies-chart", title="Latency of each variant; the table has the numbers.")


def draw_curve(points: list[dict[str, Any]]) -> str:
    """Return the signal-to-noise ratio of int8 by the number of calibration samples, on a logarithmic axis."""
    axes = plane(WIDTH, 170, left=44, right=12, top=8, bottom=BOTTOM)
    known = [(point["samples"], point["sqnr_db"]) for point in points if point["sqnr_db"] is not None]
    counts, values = [count for count, _ in known], [value for _, value in known]
    axes.set_xscale("log")
    axes.plot(counts, values, color=COLOURS["accent"], linewidth=1.4, marker="o", markersize=4)
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
    place = axes.get_yaxis_transform()
    line = row * ROW + 14
    axes.text(0, line, name, color=COLOURS["ink"], size=FONT_SIZE, transform=place, clip_on=False)
    axes.text(1, line, value, color=COLOURS["muted"], size=10, ha="right", transform=place, clip_on=False)


def draw_panels(artifacts: list[dict[str, Any]]) -> tuple[Panel, ...]:
    """Return a histogram for each output that has one, all with the same logarithmic axis."""
    found = [
        (artifact["variant"], name, output)
        for artifact in artifacts
        for name, output in (artifact["parity"]["outputs"] if artifact["parity"] else {}).items()
        if output["histogram"] is not None and any(output["histogram"]["counts"])
    ]
    bounds = [_positive_edges(output["histogram"]["edges"]) for _, _, output in found]
    if not bounds:
        return ()
    low, high = min(edges[0] for edges in bounds), max(edges[-1] for edges in bounds)
    return tuple(
        Panel(
            variant=variant,
            output=name,
            svg=_draw_panel(f"errors-{index}", edges, output["histogram"]["counts"], (low, high)),
            max_abs=output["max_abs"],
            mean_abs=output["mean_abs"],
        )
        for index, ((variant, name, output), edges) in enumerate(zip(found, bounds, strict=True))
    )


def _positive_edges(edges: list[float]) -> list[float]:
    """Return ``edges`` for a logarithmic axis: a bin that starts at zero gets a decade."""
    return [edges[1] / 10, *edges[1:]] if edges[0] <= 0 else list(edges)


def _draw_panel(name: str, edges: list[float], counts: list[int], limits: tuple[float, float]) -> str:
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
