"""Candidates of a search: what is built, and in which order."""

from __future__ import annotations

from edgekit.pareto.candidates import (
    Candidate,
    compressed_candidates,
    compressions,
    mixed_candidates,
    plain_candidates,
)
from edgekit.recipe.recipe import SearchRecipe
from edgekit.recipe.variants import parse_variant

LIMITS = SearchRecipe(formats=("tflite",), sparsity=("s50",), clusters=(16,), qat=True, without=("int16x8", "int8full"))
SENSITIVE = [f"operator-{index}" for index in range(5)]


def names(candidates: list[Candidate]) -> list[str]:
    return [candidate.name for candidate in candidates]


def test_every_precision_but_those_that_are_left_out() -> None:
    plain = names(plain_candidates(LIMITS))
    assert {"tflite-fp32", "tflite-int8", "tflite-w4"} <= set(plain)
    assert not {"tflite-int16x8", "tflite-int8full"} & set(plain)
    assert len(plain) == len(set(plain))


def test_what_needs_no_training_of_its_own_comes_first() -> None:
    trained = [compression.qat for compression in compressions(LIMITS)]
    assert trained == sorted(trained)
    assert trained.count(True) == 2  # alone, and with half of the weights


def test_only_precisions_that_can_be_trained_are() -> None:
    compressed = names(compressed_candidates(LIMITS))
    assert "tflite-int8-s50-qat" in compressed
    assert "tflite-fp32-s50" in compressed
    assert "tflite-fp32-s50-qat" not in compressed


def test_four_bits_keep_their_most_sensitive_operators_at_eight() -> None:
    mixed = mixed_candidates(parse_variant("tflite-w4"), SENSITIVE)
    assert names(mixed) == ["tflite-w4+2", "tflite-w4+4"]  # not all five: that would be eight bits
    assert [override.pattern for override in mixed[0].overrides] == SENSITIVE[:2]


def test_eight_bits_are_not_mixed() -> None:
    assert mixed_candidates(parse_variant("tflite-int8"), SENSITIVE) == []
