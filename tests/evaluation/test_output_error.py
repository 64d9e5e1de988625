"""Ratios of signal and noise."""

from __future__ import annotations

import math

import pytest

from edgekit.evaluation.output_error import ALL_NOISE_DB, decibel


@pytest.mark.parametrize(
    ("signal", "noise", "wanted"),
    [
        (100.0, 1.0, 20.0),
        (1.0, 0.0, None),
        (0.0, 1.0, ALL_NOISE_DB),
        (1.0, math.inf, ALL_NOISE_DB),
        (1.0, math.nan, ALL_NOISE_DB),
    ],
)
def test_decibel(signal: float, noise: float, wanted: float | None) -> None:
    assert decibel(signal, noise) == wanted
