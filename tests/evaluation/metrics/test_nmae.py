from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from edgekit.data.arrays import array_samples
from edgekit.data.targets import VALUES, array_targets
from edgekit.errors import DataError
from edgekit.evaluation.measure import question_of
from edgekit.recipe.recipe import ParityRecipe
from tests.evaluation.questions import answers, contract, fitted, question

TRUTH = np.arange(40.0)[:, None] * [1.0, 100.0]


@pytest.mark.parametrize(("shift", "verdict"), [(0.0, "pass"), (1.0, "fail")])
def test_errors_are_in_spreads_of_their_targets(tmp_path: Path, shift: float, verdict: str) -> None:
    samples = replace(array_samples({"x": np.zeros([40, 1])}), targets=array_targets(VALUES, TRUTH))
    outputs = contract(y=("regression", (None, 2)))
    stated = question_of(ParityRecipe(max_drop=0.05), outputs, samples, answers(tmp_path, y=TRUTH))
    measure = fitted(stated)
    collector = measure.collector(samples, stated.answers)
    halves = (slice(0, 25), slice(25, 40))
    for rows in halves:
        candidate = TRUTH[rows] + shift * TRUTH.std(0)
        differences = collector.add(rows.start, {"y": TRUTH[rows]}, {"y": candidate})
        assert differences.changed.all() == bool(shift)
        np.testing.assert_allclose(differences.distances, shift)
    ruling = measure.ruling(collector.evidence, stated)
    assert ruling.gates[0].verdict == verdict
    assert ruling.scores.candidate == pytest.approx(shift)
    assert ruling.scores.agreement == 1 - shift


def test_it_needs_targets(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="'nmae' needs a model with one output of values, and data with a column"):
        fitted(question(tmp_path, TRUTH, meaning="regression", rule=ParityRecipe(metric="nmae")))
