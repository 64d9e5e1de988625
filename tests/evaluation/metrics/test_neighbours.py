from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from edgekit.errors import DataError
from edgekit.recipe.recipe import ParityRecipe
from tests.evaluation.questions import fitted, question, similarities

FLOATS = np.random.default_rng(0)


@settings(deadline=None, max_examples=30, derandomize=True)
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(3, 40))
def test_neighbours_by_brute_force(tmp_path_factory: pytest.TempPathFactory, seed: int, count: int) -> None:
    draw = np.random.default_rng(seed)
    reference = draw.normal(size=[count, 6])
    candidate = reference + draw.normal(0, 0.5, reference.shape)

    def nearest(row: int, vector: NDArray[np.float64]) -> int:
        cosines = [
            vector @ other / np.linalg.norm(vector) / np.linalg.norm(other) if index != row else -2.0
            for index, other in enumerate(reference)
        ]
        return int(np.argmax(cosines))

    expected = [float(nearest(row, reference[row]) == nearest(row, candidate[row])) for row in range(count)]
    assert similarities(tmp_path_factory.mktemp("rows"), "neighbours", reference, candidate).tolist() == expected


def test_neighbours_do_not_mind_length_but_order(tmp_path: Path) -> None:
    vectors = FLOATS.normal(size=[50, 8])
    assert similarities(tmp_path, "neighbours", vectors, vectors * 3).all()
    assert not similarities(tmp_path, "neighbours", vectors, np.roll(vectors, 1, axis=0)).all()


def test_two_samples_have_one_neighbour_each(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="needs at least 3 samples, there are 2"):
        fitted(question(tmp_path, np.ones([2, 3]), rule=ParityRecipe(metric="neighbours")))
