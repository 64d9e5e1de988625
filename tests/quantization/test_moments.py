"""What layers read is read right, and summed up to what rounding decides by."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgekit.errors import ConversionError
from edgekit.quantization import moments as moments_module
from edgekit.quantization.moments import Moments, Window, load_moments, save_moments
from edgekit.system.optional import tensorflow
from tests.quantization.inputs import correlated


@pytest.fixture
def generator() -> np.random.Generator:
    return np.random.default_rng(5)


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize(("groups", "dilation"), [(1, 1), (2, 1), (4, 1), (1, 2)])
def test_what_is_read_times_the_weights_is_the_convolution(
    stride: int, padding: str, groups: int, dilation: int, generator: np.random.Generator
) -> None:
    if stride > 1 and dilation > 1:
        pytest.skip("TensorFlow has no convolution with both")
    values = generator.normal(size=(2, 7, 8, 4)).astype(np.float32)
    weights = generator.normal(size=(3, 2, 4 // groups, 8)).astype(np.float32)
    wanted = tensorflow().nn.conv2d(values, weights, stride, padding, dilations=dilation).numpy()
    window = Window(kernel=(3, 2), strides=(stride, stride), dilations=(dilation, dilation), groups=groups)
    if padding == "SAME":
        window = window.padded_for((7, 8))
    rows = window.rows(values, np.random.default_rng(0))
    grouped = weights.transpose(3, 2, 0, 1).reshape(groups, 8 // groups, -1)
    found = np.einsum("pgd,god->pgo", rows, grouped).reshape(wanted.shape)
    np.testing.assert_allclose(found, wanted, atol=1e-4)


def test_no_more_places_than_asked_for_are_read() -> None:
    rows = Window(kernel=(3, 3)).rows(np.zeros((1, 64, 64, 2), np.float32), np.random.default_rng(0))
    assert rows.shape == (moments_module.POSITIONS, 1, 18)


def test_moments_are_kept_in_a_file(tmp_path: Path, generator: np.random.Generator) -> None:
    moments = Moments()
    moments.add(correlated(generator, 50, 6))
    save_moments(tmp_path / "moments.npz", {"a;b": moments})
    (found,) = load_moments(tmp_path / "moments.npz").items()
    assert found[0] == "a;b"
    np.testing.assert_allclose(found[1].sums, moments.sums, rtol=1e-6)


def test_values_that_are_not_finite_are_refused(generator: np.random.Generator, tmp_path: Path) -> None:
    moments, values = Moments(), correlated(generator, 50, 6)
    values[3, 0, 2] = np.nan
    moments.add(values)
    with pytest.raises(ConversionError, match="NaN or infinite values in what layer 'conv' reads"):
        save_moments(tmp_path / "moments.npz", {"conv": moments})
