"""What a recipe says of variants and of a search, checked by what there is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edgekit.errors import RecipeError
from edgekit.recipe.document import OverrideTable, VariantsTable
from edgekit.recipe.overrides import Override
from edgekit.recipe.recipe import CompressionRecipe, SearchRecipe
from edgekit.recipe.variants_reader import built, check_search, conversion


def test_each_variant_is_built_once_in_the_order_of_the_file() -> None:
    table = VariantsTable(build=("onnx-int8", "tflite-fp32", "onnx-int8"))
    assert [str(variant) for variant in built(table)] == ["onnx-int8", "tflite-fp32"]
    assert built(VariantsTable(build=())) == ()


@pytest.mark.parametrize(("spelling", "nearest"), [("tflite-int9", "tflite-int8"), ("", "there are"), ("fp32", "fp32")])
def test_a_variant_that_does_not_exist_is_named(spelling: str, nearest: str) -> None:
    with pytest.raises(RecipeError, match=rf"\[variants\] build: no variant '{spelling}'.*{nearest}"):
        built(VariantsTable(build=(spelling,)))


def test_exceptions_are_patterns_or_tables() -> None:
    table = VariantsTable(overrides=("logits", OverrideTable(pattern="block_1", precision="int8")))
    settings = conversion(table, CompressionRecipe(), seed=7)
    assert settings.overrides == (Override(pattern="logits"), Override(pattern="block_1", precision="int8"))
    assert (settings.seed, settings.compression.seed) == (7, 7)
    assert conversion(table, CompressionRecipe(), seed=8) != settings


def test_methods_and_samples_are_those_of_the_table() -> None:
    table = VariantsTable(calibration=3, calibration_method="mse", rounding="nearest")
    settings = conversion(table, CompressionRecipe(epochs=2), seed=0)
    assert (settings.calibration, settings.method, settings.rounding) == (3, "mse", "nearest")
    assert settings.compression.epochs == 2


@pytest.mark.parametrize(
    ("table", "compression"),
    [
        (VariantsTable(overrides=("a[",)), CompressionRecipe()),
        (VariantsTable(), CompressionRecipe(also=("a[",))),
        (VariantsTable(), CompressionRecipe(dense=("a[",))),
    ],
)
def test_a_pattern_that_is_none_is_refused(table: VariantsTable, compression: CompressionRecipe) -> None:
    with pytest.raises(RecipeError, match=r"'a\[' is no regular expression"):
        conversion(table, compression, seed=0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"formats": ("tflit",)}, r"\[search\] formats: no 'tflit'; did you mean 'tflite'"),
        ({"without": ("int9",)}, r"\[search\] without: no precision 'int9'; did you mean 'int8'"),
        ({"sparsity": ("s100",)}, r"\[search\] variant .*outside"),
        ({"sparsity": ("c32x",)}, r"\[search\] variant"),
        ({"clusters": (1,)}, r"\[search\] variant .*2 to 256 clusters"),
        ({"clusters": (-3,)}, r"\[search\]"),
    ],
)
def test_what_a_search_cannot_try_is_refused(changes: dict[str, object], message: str) -> None:
    check_search(SearchRecipe())
    with pytest.raises(RecipeError, match=message):
        check_search(replace(SearchRecipe(), **changes))  # type: ignore[arg-type]


def test_a_search_may_leave_everything_out() -> None:
    check_search(SearchRecipe(formats=(), sparsity=(), clusters=()))
    check_search(SearchRecipe(formats=("tflite", "onnx"), without=("int8", "w4"), clusters=(2, 256)))
