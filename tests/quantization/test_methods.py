"""Methods by their names in recipes."""

from __future__ import annotations

import pytest

from edgekit.errors import EdgekitError
from edgekit.quantization.methods import calibration_method, calibration_methods, rounding_method, rounding_methods


def test_the_default_comes_first() -> None:
    assert calibration_methods() == ("min-max", "percentile", "mse", "entropy")
    assert rounding_methods() == ("gptq", "nearest")


def test_an_unknown_one_names_the_nearest() -> None:
    with pytest.raises(EdgekitError, match="did you mean 'nearest'"):
        rounding_method("nearst")
    with pytest.raises(EdgekitError, match="did you mean 'entropy'"):
        calibration_method("entropie")
