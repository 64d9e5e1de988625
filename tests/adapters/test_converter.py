"""What is asked of converters, and that there is one of each format."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from edgekit.adapters.converter import Calibration, ConvertedFile, Derivation
from edgekit.contract.contract import Contract
from edgekit.quantization.methods import calibration_methods, rounding_method
from edgekit.quantization.precision import formats
from edgekit.recipe.variants import parse_variant
from edgekit.system import registry

CONTRACT = Contract(inputs=(), outputs=())


def derivation() -> Derivation:
    return Derivation(model=Path("m"), contract=CONTRACT, variant=parse_variant("tflite-fp16"), ranges=None)


def test_every_format_has_a_converter() -> None:
    assert sorted(formats()) == registry.names("converters")


def test_what_is_not_asked_for_needs_no_samples() -> None:
    """Without moments and ranges nothing may be asked that goes by them."""
    plain = derivation()
    assert (plain.ranges, plain.moments, plain.overrides) == (None, None, ())
    assert not rounding_method(plain.rounding).MEASURES
    assert rounding_method("gptq").MEASURES  # which is not the default here


def test_calibration_is_by_the_method_that_lists_name_first() -> None:
    calibration = Calibration(model=Path("m"), batches=())
    assert calibration.method == calibration_methods()[0]
    assert dict(calibration.trained) == {}


def test_what_is_asked_for_does_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        derivation().rounding = "gptq"  # type: ignore[misc]
    assert derivation() == derivation()


def test_a_file_without_rounded_layers_says_so() -> None:
    assert ConvertedFile(tool="tool 1.0", contract=CONTRACT).rounded == 0
