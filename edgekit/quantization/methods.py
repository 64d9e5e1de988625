"""Methods by their names in recipes: how weights are rounded, and how the ranges of activations are chosen."""

from __future__ import annotations

import functools
from typing import Any

from edgekit.system import registry

NEAREST = "nearest"
"""The rounding method that converters have by themselves."""
ROUNDING, CALIBRATION = "quantization.rounding", "quantization.calibration"


def rounding_methods() -> tuple[str, ...]:
    """Return the names of the rounding methods, the default first."""
    return _names(ROUNDING)


def calibration_methods() -> tuple[str, ...]:
    """Return the names of the calibration methods, the default first."""
    return _names(CALIBRATION)


def rounding_method(name: str) -> Any:
    """Return a rounding method, an `edgekit.adapters.rounding.RoundingMethod`.

    Raises:
        EdgekitError: There is none of that name; the nearest is named.
    """
    return registry.load(ROUNDING, _file(name))


def calibration_method(name: str) -> Any:
    """Return a calibration method, an `edgekit.adapters.calibration.CalibrationMethod`.

    Raises:
        EdgekitError: There is none of that name; the nearest is named.
    """
    return registry.load(CALIBRATION, _file(name))


@functools.cache
def _names(folder: str) -> tuple[str, ...]:
    files = sorted(registry.names(folder), key=lambda name: (registry.load(folder, name).RANK, name))
    return tuple(name.replace("_", "-") for name in files)


def _file(name: str) -> str:
    return name.replace("-", "_")
