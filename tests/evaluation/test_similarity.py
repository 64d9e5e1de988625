from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgekit.adapters.metric import Unit
from edgekit.evaluation.metrics.cosine import Cosine
from edgekit.evaluation.metrics.sqnr import Sqnr
from edgekit.evaluation.similarity import Similarities, similarity_columns
from edgekit.recipe.recipe import ParityRecipe
from tests.evaluation.questions import fitted, question, similarities

FLOATS = np.random.default_rng(0)


@pytest.mark.parametrize("metric", ["cosine", "sqnr", "neighbours"])
def test_an_answer_with_nan_is_like_nothing(tmp_path: Path, metric: str) -> None:
    reference = FLOATS.normal(size=[5, 4])
    candidate = reference.copy()
    candidate[2, 1] = np.nan
    similar = similarities(tmp_path, metric, reference, candidate)
    assert similar[2] == -np.inf
    assert np.delete(similar, 2).min() > 1 - 1e-12


def test_distances_grow_as_similarity_shrinks() -> None:
    cosine = Cosine(metric="cosine", outputs=("y",), threshold=0.98)
    assert cosine.distances(np.array([1.0, 0.5])).tolist() == [0.0, 0.5]
    sqnr = Sqnr(metric="sqnr", outputs=("y",), threshold=20.0)
    np.testing.assert_allclose(sqnr.distances(np.array([np.inf, 40.0, 0.0])), [0.0, 0.01, 1.0])


def test_the_share_of_samples_that_agree_is_judged(tmp_path: Path) -> None:
    vectors = FLOATS.normal(size=[40, 4])
    stated = question(tmp_path, vectors, rule=ParityRecipe(metric="cosine", max_drop=0.3))
    measure = fitted(stated)
    collector = measure.collector(stated.samples, stated.answers)
    collector.add(0, {"y": vectors}, {"y": np.where(np.arange(40)[:, None] < 20, -vectors, vectors)})
    ruling = measure.ruling(collector.evidence, stated)
    assert (ruling.gates[0].name, ruling.gates[0].verdict) == ("cosine at least 0.98", "fail")
    assert ruling.scores.agreement == 0.5
    assert ruling.scores.least == pytest.approx(-1.0)


def test_shards_stay_in_the_order_of_their_samples() -> None:
    first, second = Similarities({"y": [np.zeros(2)]}), Similarities({"y": [np.ones(1)]})
    first.merge(second)
    assert first.of("y").tolist() == [0.0, 0.0, 1.0]


def test_columns_say_the_threshold() -> None:
    columns = similarity_columns("SQNR", Unit.DECIBEL)
    assert columns.format(threshold=20.0) == "score: median SQNR dB; agree: samples from 20 dB on, in %"
