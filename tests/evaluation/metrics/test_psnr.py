from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgekit.errors import DataError
from edgekit.recipe.recipe import ParityRecipe
from tests.evaluation.questions import fitted, question, similarities


def test_by_hand(tmp_path: Path) -> None:
    reference = np.array([[[[3.0], [4.0]]], [[[0.0], [1.0]]]])
    ratios = similarities(tmp_path, "psnr", reference, reference + 0.04)
    np.testing.assert_allclose(ratios, 40.0)  # (4 / 0.04) squared: the range is that of both pictures


def test_a_vector_is_no_picture(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"'psnr' needs an output that is a picture .*; the model has y \[None, 3\]"):
        fitted(question(tmp_path, np.zeros([6, 3]), rule=ParityRecipe(metric="psnr")))
