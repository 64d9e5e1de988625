from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgekit.errors import DataError
from tests.evaluation.questions import similarities

FLOATS = np.random.default_rng(0)


def test_ssim_is_that_of_tensorflow(tmp_path: Path) -> None:
    from edgekit.system.optional import tensorflow

    tf = tensorflow()
    reference = FLOATS.uniform(0, 1, [4, 32, 24, 3]).astype(np.float32)
    reference[0, 0, 0, 0], reference[0, 0, 0, 1] = 0.0, 1.0
    candidate = np.clip(reference + FLOATS.normal(0, 0.1, reference.shape), 0, 1).astype(np.float32)
    expected = tf.image.ssim(reference, candidate, max_val=1.0).numpy()
    similar = similarities(tmp_path, "ssim", reference, candidate)
    np.testing.assert_allclose(
        similar, expected, atol=0.01
    )  # scikit-image averages over the channels in one, not per one
    np.testing.assert_allclose(similarities(tmp_path, "ssim", reference, reference), 1.0)


def test_ssim_of_tiny_pictures_is_refused(tmp_path: Path) -> None:
    tiny = np.zeros([3, 8, 8, 1])
    with pytest.raises(DataError, match="at least 11 x 11 pixels, these have 8 x 8: take 'psnr'"):
        similarities(tmp_path, "ssim", tiny, tiny)
