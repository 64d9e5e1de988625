from __future__ import annotations

from pathlib import Path

import numpy as np

from edgekit.evaluation.measure import question_of
from edgekit.recipe.recipe import ParityRecipe
from tests.evaluation.questions import answers, contract, fitted, samples, similarities


def test_by_hand(tmp_path: Path) -> None:
    reference = np.array([[3.0, 4.0], [1.0, 0.0]])
    candidate = np.array([[6.0, 8.0], [0.0, 2.0]])
    np.testing.assert_allclose(similarities(tmp_path, "cosine", reference, candidate), [1.0, 0.0])


def test_embeddings_are_judged_where_some_are(tmp_path: Path) -> None:
    both = contract(vector=("embedding", (None, 3)), other=("tensor", (None, 2)))
    outputs = answers(tmp_path, vector=np.zeros([4, 3]), other=np.zeros([4, 2]))
    measure = fitted(question_of(ParityRecipe(), both, samples(4), outputs))
    assert (measure.metric, measure.outputs, measure.threshold) == ("cosine", ("vector",), 0.98)
