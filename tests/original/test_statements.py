"""Statements: what a user says goes into the contract where it fits, and is refused where it does not."""

from __future__ import annotations

import pytest

from edgekit.contract.contract import Contract, InputSpec, OutputSpec
from edgekit.errors import ModuleError
from edgekit.original.statements import with_statements
from edgekit.recipe.input_recipe import InputRecipe

CONTRACT = Contract(
    inputs=(InputSpec.of("image", name="x", dtype="float32", shape=(None, 8, 8, 3), key="x"),),
    outputs=(OutputSpec(name="y", meaning="tensor", dtype="float32", shape=(None, 2), key="y"),),
)


def test_labels_make_scores_of_a_tensor() -> None:
    (output,) = with_statements(CONTRACT, [], ["a", "b"]).outputs
    assert (output.meaning, output.labels) == ("logits", ("a", "b"))
    assert with_statements(CONTRACT, [], None).outputs == CONTRACT.outputs
    with pytest.raises(ModuleError, match="3 labels fit none of the model's outputs"):
        with_statements(CONTRACT, [], ["a", "b", "c"])


def test_the_one_input_takes_settings_under_any_name() -> None:
    (spec,) = with_statements(CONTRACT, [InputRecipe(name="photo", settings={"range": (0.0, 1.0)})], None).inputs
    assert (spec.name, spec.key, spec.to_json()["range"]) == ("photo", "x", [0.0, 1.0])
    with pytest.raises(ModuleError, match="no input 'z'"):
        with_statements(CONTRACT, [InputRecipe(name="x"), InputRecipe(name="z")], None)
