from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgekit.errors import DataError
from edgekit.recipe.recipe import ParityRecipe
from tests.evaluation.questions import fitted, question

SCORES = np.eye(3)[np.arange(60) % 3]


@pytest.mark.parametrize("meaning", ["logits", "multilabel"])
def test_classes_or_labels_have_to_be_the_same(tmp_path: Path, meaning: str) -> None:
    stated = question(tmp_path, SCORES, meaning=meaning)
    measure = fitted(stated)
    collector = measure.collector(stated.samples, stated.answers)
    collector.add(0, {"y": SCORES}, {"y": np.where(np.arange(60)[:, None] < 6, SCORES[::-1], SCORES)})
    (gate,) = measure.ruling(collector.evidence, stated).gates
    assert (gate.name, gate.verdict) == ("agreement", "fail")
    assert gate.value == pytest.approx(0.9, abs=0.04)


def test_it_needs_something_that_is_decided(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="needs a model with one output that has classes; others: cosine, "):
        fitted(question(tmp_path, SCORES, meaning="embedding", rule=ParityRecipe(metric="agreement")))
