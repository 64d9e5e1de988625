"""Verdicts differ by shape as well as by colour, and an interval that is missing is not drawn."""

from __future__ import annotations

import numpy as np

from edgekit.report.themed_svg import canvas, drawing
from edgekit.report.verdict_markers import MARKS, draw_mark, draw_span


def test_each_verdict_has_a_shape_of_its_own() -> None:
    assert set(MARKS) == {"pass", "fail", "inconclusive"}
    assert len({shape for shape, _ in MARKS.values()}) == len(MARKS)


def test_what_is_not_decided_is_hollow() -> None:
    with drawing():
        axes = canvas(100, 100)
        for verdict in MARKS:
            draw_mark(axes, 1.0, 1.0, verdict)
    hollow = [mark.get_markerfacecolor() != mark.get_color() for mark in axes.lines]
    assert dict(zip(MARKS, hollow, strict=True)) == {"pass": False, "inconclusive": True, "fail": False}


def test_a_span_is_scaled_and_a_missing_one_is_none() -> None:
    with drawing():
        axes = canvas(100, 100)
        draw_span(axes, None, 5.0, "pass", scale=100)
        assert len(axes.lines) == 0
        draw_span(axes, (-0.01, 0.02), 5.0, "pass", scale=100)
    (span,) = axes.lines
    assert np.asarray(span.get_xdata()).tolist() == [-1.0, 2.0]
