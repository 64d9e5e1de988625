"""A contract in words: each input with its steps, each output with its labels."""

from __future__ import annotations

from typing import Any

import pytest

from edgekit.contract.contract import Contract, InputSpec, OutputSpec
from edgekit.contract.medium import medium_of
from edgekit.contract.prose import MOST_LABELS, contract_parts


def image(**changes: Any) -> InputSpec:
    fields = {"dtype": "float32", "shape": (None, 32, 48, 3), "range": (-1.0, 1.0)} | changes
    spec = InputSpec.of("image", name="photo", key="x", **fields)
    return medium_of(spec).with_defaults(spec)


def output(**changes: Any) -> OutputSpec:
    fields = {"meaning": "probabilities", "dtype": "float32", "shape": (None, 2)} | changes
    return OutputSpec(name="scores", key="y", **fields)


def test_an_input_is_told_step_by_step_and_an_output_in_a_line() -> None:
    taken, answer = contract_parts(Contract(inputs=(image(),), outputs=(output(labels=("a", "b")),)))
    assert (taken.verb, taken.name) == ("takes", "photo")
    assert "resized to 48 x 32 pixels" in taken.steps[1]
    assert taken.steps[-2:] == ("0 to 255 mapped to -1 to 1", "float32 any x 32 x 48 x 3")
    assert answer == ("gives", "scores", ("probabilities of a, b, float32 any x 2",))


def test_another_range_is_another_text() -> None:
    contracts = [Contract(inputs=(image(range=limits),), outputs=()) for limits in ((-1.0, 1.0), (0.0, 1.0))]
    assert contract_parts(contracts[0]) != contract_parts(contracts[1])


def test_a_quantized_input_tells_its_scale() -> None:
    quantization = {"scale": 0.0078125, "zero_point": -1, "dtype": "int8"}
    (part,) = contract_parts(Contract(inputs=(image(dtype="int8", quantization=quantization),), outputs=()))
    assert part.steps[-1] == "int8 any x 32 x 48 x 3, quantized by 0.0078125"


@pytest.mark.parametrize("count", [0, 1, MOST_LABELS, MOST_LABELS + 1])
def test_of_many_labels_the_first_are_named(count: int) -> None:
    labels = tuple(f"label{number}" for number in range(count))
    (part,) = contract_parts(Contract(inputs=(), outputs=(output(labels=labels),)))
    words = part.steps[0]
    assert words.count("label") == min(count, MOST_LABELS)
    assert ("..." in words) == (count > MOST_LABELS)
    assert (" of " in words) == (count > 0)


def test_a_contract_without_anything_has_no_parts() -> None:
    assert contract_parts(Contract(inputs=(), outputs=())) == []
