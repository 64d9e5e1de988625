"""Fourier transforms against TensorFlow's own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from edgekit.frontend.registry import OPS


@pytest.fixture(scope="module")
def tf() -> Any:
    from edgekit.system.optional import tensorflow

    return tensorflow()


signals = arrays.arrays(
    np.float32,
    st.tuples(st.integers(1, 3), st.integers(1, 40)),
    elements=st.floats(-1, 1, width=32),
)


@settings(max_examples=60, deadline=None)
@given(x=signals, length=st.sampled_from([1, 2, 8, 31, 64]))
def test_fourier_transforms(tf: Any, x: Any, length: int) -> None:
    """To float32 rounding, of silence and of one sample too."""
    found = OPS["RFFT"]({})(x, np.array([length], np.int32))
    expected = tf.raw_ops.RFFT(input=np.pad(x, [(0, 0), (0, 64)])[:, :length], fft_length=[length]).numpy()
    assert found.dtype == expected.dtype
    np.testing.assert_allclose(OPS["RFFT"]({})(x[:, :length], np.array([length])), expected, atol=2e-5)
    back = OPS["IRFFT"]({})(expected, np.array([length]))
    np.testing.assert_allclose(back, tf.raw_ops.IRFFT(input=expected, fft_length=[length]).numpy(), atol=2e-6)
    np.testing.assert_allclose(OPS["ComplexAbs"]({})(expected), tf.abs(expected).numpy(), rtol=1e-6, atol=1e-7)
