"""The command line adds its options to errors of the library, and leaves the others as they are."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

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


def test_an_error_that_begins_with_its_subject_begins_with_the_option() -> None:
    error = EdgekitError("device ssh:x: not an address", device="ssh:x")
    assert shown(error) == "--device ssh:x: not an address"
    assert shown(error.within("tflite-int8")) == "tflite-int8: device ssh:x: not an address"
    assert shown(EdgekitError("delegate gpu is for litert")) == "delegate gpu is for litert"


def test_a_command_without_the_option_is_not_told_of_it() -> None:
    error = ModuleError("state its range in the recipe", setting="range")
    assert shown(error, ["recipe", "out"]) == "state its range in the recipe"
    assert shown(error, ["model", "range"]) == "state its range in the recipe, or by --range LOW HIGH"
    imported = ModuleError("name its file in the recipe", setting="imports")
    assert shown(imported, ["imports"]) == "name its file in the recipe, or by --import FILE"
    folder = EdgekitError("x is a folder", path=Path("x"), setting="bundle")
    assert shown(folder, ["bundle"]) == "x is a folder: edgekit bundle x --out FILE"


@pytest.mark.parametrize("error", [EdgekitError("broken"), RecipeError("broken", setting="epochs")])
def test_what_no_option_mends_is_shown_as_it_is(error: EdgekitError) -> None:
    assert shown(error) == "broken"


@pytest.mark.parametrize("setting", REMEDIES)
def test_each_option_is_one_of_the_command_line(setting: str) -> None:
    options = re.findall(r"--[a-z-]+", REMEDIES[setting])
    assert options
    assert unknown(options) == []


def test_an_option_that_no_command_has_is_seen() -> None:
    assert unknown(["--range", "--rnage"]) == ["--rnage"]


def unknown(options: list[str]) -> list[str]:
    arguments: Any = parser()
    commands = arguments._subparsers._group_actions[0].choices.values()
    texts = [arguments.format_help(), *(command.format_help() for command in commands)]
    return [option for option in options if not any(re.search(rf"{option}\b", text) for text in texts)]
