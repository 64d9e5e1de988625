"""What a tuned model takes is what its modules take, and what the recipe adds."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgekit.errors import ModuleError
from edgekit.hub.modules import Module, read_module
from edgekit.original.contract import headless_outputs
from edgekit.recipe.reader import parse_recipe
from edgekit.recipe.recipe import Recipe
from edgekit.system.optional import tensorflow
from tests.hub_modules import save_module, weights


def embedding(tmp_path: Path, **shape: int) -> tuple[Recipe, dict[str, Module]]:
    """Return a recipe without a head, and its modules, one an input, with vectors of the sizes."""
    tf = tensorflow()
    inputs, modules = {}, {}
    for name, size in shape.items():
        matrix = weights(2, size)
        path = save_module(
            tmp_path / name,
            {"x": ("float32", (None, 2))},
            {"default": ("float32", (None, size))},
            lambda values, matrix=matrix: {"default": tf.matmul(values["x"], matrix)},  # type: ignore[misc]
            [matrix],
        )
        inputs[name] = {"module": str(path), "kind": "tensor"}
        modules[name] = read_module(str(path), path)
    value = {"name": "x", "inputs": inputs, "head": {"task": "embedding"}, "data": {"test": "t.npz"}}
    return parse_recipe(value, base=tmp_path), modules


def test_features_of_several_modules_are_one_embedding(tmp_path: Path) -> None:
    recipe, modules = embedding(tmp_path, a=3, b=5)
    (output,) = headless_outputs(recipe, modules)
    assert (output.name, output.meaning, output.shape) == ("embedding", "embedding", (None, 8))


def test_a_module_that_gives_no_vector_is_refused(tmp_path: Path) -> None:
    recipe, modules = embedding(tmp_path, a=3)
    tf = tensorflow()
    path = save_module(
        tmp_path / "matrix",
        {"x": ("float32", (None, 2))},
        {"default": ("float32", (None, 2, 1))},
        lambda values: {"default": tf.expand_dims(values["x"], -1)},
        [],
    )
    modules["a"] = read_module("a handle", path)
    with pytest.raises(ModuleError, match="an embedding is a vector of known size per sample") as caught:
        headless_outputs(recipe, modules)
    assert (caught.value.handle, caught.value.input, caught.value.setting) == ("a handle", "a", "task")
