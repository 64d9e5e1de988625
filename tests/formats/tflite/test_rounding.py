"""Integers of TFLite files are chosen anew where one layer alone reads them."""

from __future__ import annotations

import numpy as np
import pytest

from edgekit.formats.tflite import rounding as tflite_rounding
from tests.formats.tflite.graphs import shared_weights


@pytest.fixture
def generator() -> np.random.Generator:
    return np.random.default_rng(5)


def test_weights_that_two_layers_read_are_left_alone(generator: np.random.Generator) -> None:
    loaded = shared_weights(generator)
    assert not list(tflite_rounding._layers(loaded))
