"""Ranges keep their shapes, what training fixed replaces them, and int16 scales lie off powers of two."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from edgekit.formats.tflite.statistics import as_statistics, off_powers_of_two, read_ranges, trained_ranges


def test_ranges_are_read_back(tmp_path: Path) -> None:
    (tmp_path / "ranges.json").write_text(json.dumps({"x": {"min": [[-1.0]], "max": [[2.0]]}}))
    ranges = read_ranges(tmp_path / "ranges.json")
    assert ranges["x"]["min"].shape == (1, 1)
    assert ranges["x"]["max"].dtype == np.float32


def test_trained_ranges_are_those_of_the_fused_node() -> None:
    measured = {
        "a/Conv;a/Relu1": as_statistics((0, 1), like={"min": [[0]]}),
        "b": as_statistics((0, 1), like={"min": 0}),
    }
    assert trained_ranges({"a/Relu": (0.0, 6.0)}, measured) == {"a/Conv;a/Relu1": {"min": [[0.0]], "max": [[6.0]]}}


def test_scales_lie_off_powers_of_two() -> None:
    bounds = {"min": np.float32(-1), "max": np.float32(32767 / 2**15)}
    assert off_powers_of_two(bounds)["max"] > bounds["max"]
    other = {"min": np.float32(-1.3), "max": np.float32(1)}
    assert off_powers_of_two(other) == other
