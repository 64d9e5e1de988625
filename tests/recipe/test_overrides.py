"""Exceptions: by name or pattern, checked before anything is made."""

from __future__ import annotations

import pytest

from edgekit.errors import ConversionError, RecipeError
from edgekit.recipe.overrides import matched, override

NAMES = ["net/conv_1/Relu6;net/conv_1/Conv2D", "net/conv_2/Relu6", "net/logits/MatMul"]


def test_a_name_or_a_pattern_matches() -> None:
    assert matched([override("net/conv_1/Relu6;net/conv_1/Conv2D")], NAMES) == {NAMES[0]: "float"}
    assert matched([override("conv_[12]/Relu6")], NAMES) == dict.fromkeys(NAMES[:2], "float")


def test_of_several_entries_the_first_counts() -> None:
    assert matched([override("conv_1"), override("conv", "int8")], NAMES) == {NAMES[0]: "float", NAMES[1]: "int8"}


def test_what_matches_nothing_names_the_nearest() -> None:
    with pytest.raises(ConversionError, match="'conv_3' matches no operator of the model; did you mean 'conv_"):
        matched([override("logits"), override("conv_3")], NAMES)


def test_what_cannot_be_read_is_refused() -> None:
    with pytest.raises(RecipeError, match="is no regular expression"):
        override("conv[")
    with pytest.raises(RecipeError, match="no precision 'int7'; did you mean 'int8'"):
        override("conv", "int7")
