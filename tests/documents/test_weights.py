"""Facts of weights are read back as they were written, and no fact may be missing or unknown."""

from __future__ import annotations

import json

import pytest

from edgekit.documents.weights import WeightFacts

FACTS = WeightFacts(
    weights=10,
    zeros=5,
    clustered=1,
    bytes=100,
    bytes_compressed=60,
    encoded=False,
    sparse_kernels=True,
    reason="half of them are zero",
    float_islands=("SOFTMAX",),
)


def test_what_is_written_is_read_back() -> None:
    assert WeightFacts.from_json(json.loads(json.dumps(FACTS.to_json()))) == FACTS


@pytest.mark.parametrize("key", ["weights", "zeros", "reason"])
def test_a_missing_fact_is_no_zero(key: str) -> None:
    fewer = FACTS.to_json()
    del fewer[key]
    with pytest.raises(TypeError, match=key):
        WeightFacts.from_json(fewer)


def test_an_unknown_fact_is_refused() -> None:
    with pytest.raises(TypeError, match="colour"):
        WeightFacts.from_json({**FACTS.to_json(), "colour": "red"})
