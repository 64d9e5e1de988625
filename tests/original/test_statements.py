"""Statements: what a user says goes into the contract where it fits, and is refused where it does not."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from edgekit.contract.contract import Contract, InputSpec, OutputSpec
from edgekit.data.tables import Column, TableSamples
from edgekit.errors import DataError, ModuleError
from edgekit.original.statements import Statements, with_class_names, with_statements
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


FREE = replace(CONTRACT, inputs=(InputSpec.of("image", name="x", dtype="float32", shape=(None, None, 8, 3), key="x"),))


def test_a_size_goes_where_it_is_free_and_nowhere_else() -> None:
    stated = Statements(size=(16, 8))
    (spec,) = stated.completed(FREE).inputs
    assert spec.to_json()["size"] == [16, 8]
    assert Statements(size=(8, 8)).completed(CONTRACT).inputs[0].to_json()["size"] == [8, 8]
    for contract, size in ((CONTRACT, (16, 8)), (FREE, (16, 9))):
        with pytest.raises(ModuleError, match="which is fixed there") as caught:
            Statements(size=size).completed(contract)
        assert (caught.value.setting, caught.value.input) == ("fixed_size", "x")
    tensor = replace(CONTRACT, inputs=(InputSpec.of("tensor", name="x", dtype="float32", shape=(None, 2), key="x"),))
    with pytest.raises(DataError, match="takes no photos"):
        stated.completed(tensor)


def test_a_size_may_be_said_of_a_file_that_says_its_range() -> None:
    ranged = replace(FREE, inputs=tuple(spec.with_settings(range=(0.0, 1.0)) for spec in FREE.inputs))
    (spec,) = Statements(size=(16, 8)).completed(ranged).inputs
    assert (spec.to_json()["size"], spec.to_json()["range"]) == ([16, 8], [0.0, 1.0])


def samples(*classes: str) -> TableSamples:
    labels = tuple(range(len(classes)))
    column = Column(cells=classes, files=True)
    return TableSamples(columns={"": column}, names=classes, labels=labels, classes=classes)


def test_class_names_become_labels_where_their_number_is_right() -> None:
    named, doubt = with_class_names(CONTRACT, samples("cat", "dog"))
    assert (named.outputs[0].labels, named.outputs[0].meaning) == (("cat", "dog"), "logits")
    assert doubt is not None
    assert "in the order of the alphabet (cat, dog)" in doubt
    assert with_class_names(CONTRACT, samples("0", "1"))[1] is None  # numbers are in the model's order
    assert with_class_names(CONTRACT, samples("a", "b", "c")) == (CONTRACT, None)
    assert with_class_names(CONTRACT, None) == (CONTRACT, None)
    assert with_class_names(named, samples("x", "y")) == (named, None)  # what a model says itself counts
    embedding = replace(CONTRACT, outputs=(replace(CONTRACT.outputs[0], meaning="embedding"),))
    assert with_class_names(embedding, samples("cat", "dog")) == (embedding, None)
