from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgekit.errors import DataError
from edgekit.evaluation.right_answers import RightAnswers
from edgekit.recipe.recipe import ParityRecipe
from tests.evaluation.questions import fitted, question

RIGHT = np.eye(3)[np.arange(60) % 3]


def test_the_drop_of_right_classes_is_judged(tmp_path: Path) -> None:
    stated = question(tmp_path, RIGHT, meaning="probabilities", classes=3)
    measure = fitted(stated)
    collector = measure.collector(stated.samples, stated.answers)
    worse = RIGHT.copy()
    worse[:30] = np.roll(worse[:30], 1, axis=1)
    differences = collector.add(0, {"y": RIGHT}, {"y": worse})
    assert differences.changed.sum() == 30
    ruling = measure.ruling(collector.evidence, stated)
    (gate,) = ruling.gates
    assert (gate.name, gate.verdict, gate.value) == ("accuracy drop", "fail", 0.5)
    assert (ruling.scores.reference, ruling.scores.candidate) == (1.0, 0.5)
    assert ruling.warnings[0].startswith("class class ")


def test_an_original_that_guesses_is_noticed(tmp_path: Path) -> None:
    guesses = np.random.default_rng(0).dirichlet(np.ones(3), 60)
    stated = question(tmp_path, guesses, meaning="probabilities", classes=3)
    measure = fitted(stated)
    collector = measure.collector(stated.samples, stated.answers)
    collector.add(0, {"y": guesses}, {"y": guesses})
    warnings = measure.ruling(collector.evidence, stated).warnings
    assert any("may be guessing" in warning for warning in warnings)
    assert isinstance(collector.evidence, RightAnswers)
    assert collector.evidence.agree == 60


def test_nan_is_wrong(tmp_path: Path) -> None:
    stated = question(tmp_path, RIGHT, meaning="probabilities", classes=3)
    collector = fitted(stated).collector(stated.samples, stated.answers)
    broken = RIGHT.copy()
    broken[0, 1] = np.nan  # the likeliest class is still the right one
    collector.add(0, {"y": RIGHT}, {"y": broken})
    assert isinstance(collector.evidence, RightAnswers)
    assert (collector.evidence.agree, collector.evidence.lost) == (59, 1)


def test_what_it_needs(tmp_path: Path) -> None:
    rule = ParityRecipe(metric="accuracy")
    with pytest.raises(DataError, match="'accuracy' needs labels"):
        fitted(question(tmp_path, RIGHT, meaning="probabilities", rule=rule))
    with pytest.raises(DataError, match="needs a model with one output that has classes; others: cosine, "):
        fitted(question(tmp_path, RIGHT, meaning="embedding", rule=rule))
