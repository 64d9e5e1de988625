from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgekit.evaluation.measure import question_of
from edgekit.recipe.recipe import ParityRecipe
from tests.evaluation.questions import answers, contract, fitted, samples, similarities


def test_by_hand(tmp_path: Path) -> None:
    reference = np.array([[[[3.0], [4.0]]], [[[0.0], [1.0]]]])
    ratios = similarities(tmp_path, "sqnr", reference, reference + np.array([[[[0.5], [0.0]]], [[[0.0], [0.0]]]]))
    assert ratios[0] == pytest.approx(20.0)  # 25 / 0.25
    assert ratios[1] == np.inf


def test_all_outputs_are_judged(tmp_path: Path) -> None:
    both = contract(vector=("embedding", (None, 3)), other=("tensor", (None, 2)))
    outputs = answers(tmp_path, vector=np.zeros([4, 3]), other=np.zeros([4, 2]))
    measure = fitted(question_of(ParityRecipe(metric="sqnr", threshold=33), both, samples(4), outputs))
    assert (measure.outputs, measure.threshold) == (("vector", "other"), 33)
