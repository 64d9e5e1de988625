"""A contract in words: what it does not say is said to be missing."""

from __future__ import annotations

from typing import Any

import pytest

from edgekit.report.contract_text import NONE_GIVEN, said, shape


def test_shapes() -> None:
    assert shape([None, 224, 224, 3]).startswith("any")
    assert shape([None, 224, 224, 3]).endswith("3")
    assert shape([]) == "scalar"
    assert shape(None) == NONE_GIVEN


@pytest.mark.parametrize(
    ("entry", "key", "words"),
    [
        (None, "range", NONE_GIVEN),
        (False, "antialias", "no"),
        (True, "antialias", "yes"),
        ([0.0, 1.0], "range", "0 to 1"),
        (["daisy", "rose"], "labels", "daisy, rose"),
        ({"resize": "bilinear", "antialias": False}, "fit", "resize bilinear, antialias no"),
        (16000, "sample_rate", "16000"),
    ],
)
def test_what_a_contract_says(entry: Any, key: str, words: str) -> None:
    assert said(entry, key) == words


def test_no_is_not_missing() -> None:
    assert said(False, "antialias") != said(None, "antialias")
