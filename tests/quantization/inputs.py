"""Inputs of layers that go together, and what a rounding of weights costs on them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def correlated(generator: np.random.Generator, places: int, inputs: int) -> NDArray[np.float32]:
    """Return inputs that go together, ``[places, 1, inputs]``."""
    mixed = generator.normal(size=(places, inputs)) @ generator.normal(size=(inputs, inputs))
    return (mixed + 2.0)[:, None, :].astype(np.float32)


def error(values: NDArray[Any], weights: NDArray[Any], integers: NDArray[Any], scale: float) -> float:
    """Return the squared error of a layer's outputs, ``values`` as ``[places, 1, inputs]``."""
    return float(np.square(values[:, 0] @ (integers[0] * scale - weights[0]).T).sum())
