"""What follows from a precision, for the tests of each."""

from __future__ import annotations

import pytest

from edgekit.errors import VariantError
from edgekit.quantization.precision import Precision, formats, precision
from edgekit.recipe.variants import parse_variant


def check_spelling(entry: Precision) -> None:
    """See that variants with a precision are read and printed back, in the formats that have it and in no other."""
    assert precision(entry.name) is entry
    for format_ in formats():
        spelling = f"{format_}-{entry.name}-s50"
        if format_ in entry.formats:
            variant = parse_variant(spelling)
            assert (str(variant), variant.scheme) == (spelling, entry)
            assert variant.rounded == entry.integer_weights
            assert variant.calibrated == entry.calibrated
            continue
        with pytest.raises(VariantError, match="no variant"):
            parse_variant(spelling)


def check_training(entry: Precision) -> None:
    """See that ``-qat`` goes with a precision that training prepares for, and is refused of another."""
    spelling = f"{entry.formats[0]}-{entry.name}-qat"
    if entry.trained:
        variant = parse_variant(spelling)
        assert variant.compression.qat
        assert not variant.rounded  # the weights are integers by training
        return
    with pytest.raises(VariantError, match="-qat trains for int8"):
        parse_variant(spelling)
