"""The graph in a TFLite file, read and changed."""

from __future__ import annotations

import numpy as np
import pytest

from edgekit.formats.tflite.graph import constant_values, store_integers, weighted_operators
from tests.formats.tflite.graphs import shared_weights


@pytest.fixture
def generator() -> np.random.Generator:
    return np.random.default_rng(5)


def test_four_bits_are_packed_as_they_are_read(generator: np.random.Generator) -> None:
    loaded = shared_weights(generator)
    tensor = next(tensor for _, _, tensor in weighted_operators(loaded))
    tensor.type, tensor.shape = 17, [3, 5]  # INT4
    values = generator.integers(-7, 8, (3, 5)).astype(np.int8)
    store_integers(loaded, tensor, values)
    np.testing.assert_array_equal(constant_values(loaded, tensor), values)
