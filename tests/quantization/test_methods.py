"""Methods by their names in recipes."""

from __future__ import annotations

import numpy as np
import pytest

from edgekit.errors import EdgekitError
from edgekit.quantization.methods import calibration_method, calibration_methods, rounding_method, rounding_methods
from edgekit.quantization.moments import Moments


def test_the_default_comes_first() -> None:
    assert calibration_methods() == ("min-max", "percentile", "mse", "entropy")
    assert rounding_methods() == ("gptq", "nearest")


def test_an_unknown_one_names_the_nearest() -> None:
    with pytest.raises(EdgekitError, match="did you mean 'nearest'"):
        rounding_method("nearst")
    with pytest.raises(EdgekitError, match="did you mean 'entropy'"):
        calibration_method("entropie")


def test_nearest_rounds_each_weight_alone_between_the_limits() -> None:
    weights = np.array([[[0.4, -0.6, 9.0, -9.0]]])
    integers = rounding_method("nearest").rounded(weights, np.ones(1), Moments(), limit=7)
    np.testing.assert_array_equal(integers, [[[0, -1, 7, -7]]])
