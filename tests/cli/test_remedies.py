"""The command line adds its options to errors of the library, and leaves the others as they are."""

from __future__ import annotations

import pytest

from edgekit.cli.arguments import parser
from edgekit.cli.remedies import REMEDIES, shown
from edgekit.errors import EdgekitError, ModuleError, RecipeError


def test_the_option_that_helps_is_added() -> None:
    error = ModuleError("state its range in the recipe", setting="range").within("tflite-int8")
    assert shown(error) == "tflite-int8: state its range in the recipe, or by --range LOW HIGH"


def test_the_option_may_take_what_the_error_holds() -> None:
    error = ModuleError("state its digest in the recipe", setting="trust", digest="sha256:0")
    assert shown(error) == "state its digest in the recipe, or --trust sha256:0"


@pytest.mark.parametrize("error", [EdgekitError("broken"), RecipeError("broken", setting="epochs")])
def test_what_no_option_mends_is_shown_as_it_is(error: EdgekitError) -> None:
    assert shown(error) == "broken"


@pytest.mark.parametrize("setting", REMEDIES)
def test_each_option_is_one_of_the_command_line(setting: str) -> None:
    assert f"--{setting}" in REMEDIES[setting]
    options = parser().parse_args(["convert", "model", "onnx-fp32", "--out", "build"])
    assert hasattr(options, setting)
