"""Precisions, rounding methods and calibration methods: each file of theirs keeps to its protocol."""

from __future__ import annotations

import inspect
from types import ModuleType

import numpy as np
import pytest

from edgekit.adapters.calibration import CalibrationMethod
from edgekit.adapters.precision import PrecisionFile
from edgekit.adapters.rounding import RoundingMethod
from edgekit.quantization.moments import Moments
from edgekit.quantization.precision import Precision
from edgekit.quantization.ranges import Histogram
from edgekit.system import registry

FOLDERS = {
    "quantization.precisions": PrecisionFile,
    "quantization.rounding": RoundingMethod,
    "quantization.calibration": CalibrationMethod,
}


def missing(file: ModuleType, protocol: type) -> list[str]:
    """Return what a protocol asks for and a file lacks: names, or arguments of its functions."""
    lacks = [name for name in protocol.__annotations__ if not hasattr(file, name)]
    for name, function in inspect.getmembers(protocol, inspect.isfunction):
        if name.startswith("_"):
            continue
        arguments = list(inspect.signature(function).parameters)[1:]
        if not hasattr(file, name) or list(inspect.signature(getattr(file, name)).parameters) != arguments:
            lacks.append(f"{name}({', '.join(arguments)})")
    return lacks


@pytest.mark.parametrize("folder", FOLDERS)
def test_each_file_keeps_to_its_protocol(folder: str) -> None:
    assert registry.names(folder)
    for name in registry.names(folder):
        assert missing(registry.load(folder, name), FOLDERS[folder]) == [], name


def test_what_a_file_lacks_is_seen() -> None:
    file = ModuleType("empty")
    assert missing(file, RoundingMethod) == [
        "RANK",
        "SUMMARY",
        "MEASURES",
        "rounded(weights, scales, moments, limit)",
    ]


def test_a_precision_is_named_as_its_file() -> None:
    for name in registry.names("quantization.precisions"):
        entry = registry.load("quantization.precisions", name).PRECISION
        assert isinstance(entry, Precision)
        assert entry.name == name


@pytest.mark.parametrize("name", registry.names("quantization.rounding"))
def test_a_rounding_method_gives_integers_within_the_limit(name: str) -> None:
    generator, moments = np.random.default_rng(0), Moments()
    moments.add(generator.normal(size=(50, 1, 6)).astype(np.float32))
    weights = generator.normal(size=(1, 4, 6)) * 9
    integers = registry.load("quantization.rounding", name).rounded(weights, np.ones(1), moments, limit=7)
    assert integers.shape == weights.shape
    assert integers.dtype == np.int8
    assert np.abs(integers).max() == 7


@pytest.mark.parametrize("name", registry.names("quantization.calibration"))
def test_a_calibration_method_gives_a_range_with_zero_in_it(name: str) -> None:
    histogram = Histogram(1.0, 5.0)
    histogram.add(np.linspace(1.0, 5.0, 1000, dtype=np.float32))
    low, high = registry.load("quantization.calibration", name).range_of(histogram)
    assert low == 0.0
    assert 0.0 < high <= 5.0
