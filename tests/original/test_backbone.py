"""Modules as a layer: which signature and output of one is used, and what of it is trained."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgekit.errors import ModuleError
from edgekit.hub.modules import Module, read_module
from edgekit.original.backbone import chosen, load_backbone, output_name, signature_key
from edgekit.recipe.input_recipe import InputRecipe
from edgekit.system.optional import tensorflow
from tests.hub_modules import save_module, weights


@pytest.fixture
def module(tmp_path: Path) -> Module:
    """Gives two outputs, of two variables."""
    tf = tensorflow()
    first, second = weights(2, 3), weights(2, 5)
    path = save_module(
        tmp_path / "module",
        {"x": ("float32", (None, 2))},
        {"default": ("float32", (None, 3)), "other": ("float32", (None, 5))},
        lambda values: {"default": tf.matmul(values["x"], first), "other": tf.matmul(values["x"], second)},
        [first, second],
    )
    return read_module("a handle", path)


def test_features_are_those_of_the_output_that_is_named(module: Module) -> None:
    x = {"x": np.ones([4, 2], np.float32)}
    for output, size in ((None, 3), ("default", 3), ("other", 5)):
        backbone = load_backbone([InputRecipe(name="x", output=output)], {"x": module})
        assert backbone(x).shape == (4, size)


def test_features_of_several_inputs_are_put_side_by_side(module: Module) -> None:
    inputs = [InputRecipe(name="a"), InputRecipe(name="b", output="other")]
    backbone = load_backbone(inputs, {"a": module, "b": module})
    assert backbone({"a": np.ones([4, 2], np.float32), "b": np.ones([4, 2], np.float32)}).shape == (4, 8)
    assert len(backbone.variables) == 2  # one module, loaded once
    assert [output_name(inputs, entry, "y") for entry in inputs] == ["a_y", "b_y"]
    assert output_name(inputs[:1], inputs[0], "y") == "y"


@pytest.mark.parametrize(("choice", "count"), [(1.0, 2), (0.5, 1), (0.01, 1)])
def test_a_share_of_the_variables_is_unfrozen_from_the_output_side(module: Module, choice: float, count: int) -> None:
    backbone = load_backbone([InputRecipe(name="x")], {"x": module})
    chosen_variables = backbone.unfrozen(choice).trainable_variables
    assert len(chosen_variables) == count
    assert chosen_variables[-1] is backbone.trainable_variables[-1]


def test_a_pattern_that_matches_no_variable_is_refused(module: Module) -> None:
    backbone = load_backbone([InputRecipe(name="x")], {"x": module})
    with pytest.raises(ModuleError, match="matches none of the module's variables"):
        backbone.unfrozen("no_such_layer")


def test_a_signature_or_an_output_that_is_not_there_is_refused(module: Module) -> None:
    assert signature_key(module, InputRecipe(name="x")) == "serving_default"
    with pytest.raises(ModuleError, match="has no signature 'serving_defualt'; did you mean") as caught:
        signature_key(module, InputRecipe(name="x", signature="serving_defualt"))
    assert caught.value.handle == "a handle"
    with pytest.raises(ModuleError, match="has no output 'othr'; did you mean 'other'"):
        chosen({"default": 1, "other": 2}, module, InputRecipe(name="x", output="othr"))
    with pytest.raises(ModuleError, match="several outputs and none is called 'default'"):
        chosen({"one": 1, "two": 2}, module, InputRecipe(name="x"))
