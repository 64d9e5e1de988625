"""A tensor that was zero in all samples gets the range of what is computed from it; others keep theirs."""

from __future__ import annotations

from typing import Any

import numpy as np

from edgekit.formats.tflite.passes.zero_spans import UNIT, fill_zero_spans
from tests.formats.tflite.graphs import dense


def ranges_of(loaded: Any, low: float, high: float) -> Any:
    """Return ranges of the input, from ``low`` to ``high``, and of the output, from -3 to 5."""
    graph = loaded.subgraphs[0]
    names = [graph.tensors[ports[0]].name.decode() for ports in (graph.inputs, graph.outputs)]
    bounds = ({"min": low, "max": high}, {"min": -3.0, "max": 5.0})
    statistics = []
    for entry in bounds:
        statistics.append({end: np.array([value], np.float32) for end, value in entry.items()})
    return names, dict(zip(names, statistics, strict=True))


def test_the_range_comes_from_behind() -> None:
    loaded = dense(np.ones((2, 3), np.float32), np.ones(3, np.float32))
    (entry, end), ranges = ranges_of(loaded, 0.0, 0.0)
    fill_zero_spans(loaded, ranges)
    assert [float(ranges[entry][bound][0]) for bound in ("min", "max")] == [-3.0, 5.0]
    ranges[entry]["min"][:] = ranges[entry]["max"][:] = 0
    del ranges[end]
    fill_zero_spans(loaded, ranges)
    assert (float(ranges[entry]["min"][0]), float(ranges[entry]["max"][0])) == UNIT


def test_a_range_that_was_measured_stays() -> None:
    loaded = dense(np.ones((2, 3), np.float32), np.ones(3, np.float32))
    (entry, _), ranges = ranges_of(loaded, 0.0, 1e-3)
    fill_zero_spans(loaded, ranges)
    assert float(ranges[entry]["max"][0]) == np.float32(1e-3)
