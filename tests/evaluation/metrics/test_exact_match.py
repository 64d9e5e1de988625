from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from edgekit.data.arrays import array_samples
from edgekit.data.targets import LABELS, array_targets
from edgekit.errors import DataError
from edgekit.evaluation.measure import question_of
from edgekit.recipe.recipe import ParityRecipe
from tests.evaluation.questions import answers, contract, fitted, question

TRUTH = np.array([[1, 0], [0, 0], [1, 1]] * 20)


def test_all_labels_have_to_be_right(tmp_path: Path) -> None:
    samples = replace(array_samples({"x": np.zeros([60, 1])}), targets=array_targets(LABELS, TRUTH))
    scores = TRUTH * 0.8
    outputs = contract(y=("multilabel", (None, 2)))
    stated = question_of(ParityRecipe(), outputs, samples, answers(tmp_path, y=scores))
    measure = fitted(stated)
    assert measure.metric == "exact_match"
    collector = measure.collector(samples, stated.answers)
    one_off = scores.copy()
    one_off[0, 1] = 0.5  # one label of two is enough
    collector.add(0, {"y": scores}, {"y": one_off})
    ruling = measure.ruling(collector.evidence, stated)
    assert ruling.scores.candidate == pytest.approx(59 / 60)
    assert ruling.gates[0].name == "exact match drop"
    assert isinstance(ruling.scores.f1, dict)
    assert ruling.scores.f1["0"].candidate == 1.0
    assert ruling.scores.f1["1"].candidate < 1.0


def test_it_needs_labels(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="'exact_match' needs a model with one output of labels, and data with"):
        fitted(question(tmp_path, TRUTH, meaning="multilabel", rule=ParityRecipe(metric="exact_match")))
