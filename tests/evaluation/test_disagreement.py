"""The samples that are farthest apart come first, and those that are the same never."""

from __future__ import annotations

import numpy as np

from edgekit.adapters.metric import Differences
from edgekit.evaluation.disagreement import WORST_KEPT, Disagreement, worst_of, worst_of_batch


def differences(distances: list[float], changed: list[bool]) -> Differences:
    return Differences(distances=np.array(distances), changed=np.array(changed, np.bool_))


def test_changed_answers_come_before_distant_ones() -> None:
    worst = worst_of_batch(10, differences([0.0, 0.9, 0.1, 0.0], [False, False, True, False]))
    assert [(entry.index, entry.changed) for entry in worst] == [(12, True), (11, False)]


def test_of_many_the_worst_are_kept() -> None:
    distances = [float(index) for index in range(30)]
    worst = worst_of_batch(0, differences(distances, [False] * 30))
    assert [entry.index for entry in worst] == list(range(29, 29 - WORST_KEPT, -1))


def test_no_samples_have_no_worst() -> None:
    assert worst_of_batch(0, differences([], [])) == []
    assert worst_of([]) == []


def test_of_two_alike_the_first_is_taken() -> None:
    entries = [Disagreement(index=index, distance=0.5, changed=False) for index in (7, 3, 5)]
    assert [entry.index for entry in worst_of(entries)] == [3, 5, 7]


def test_batches_rank_as_one() -> None:
    distances = np.random.default_rng(0).random(40).tolist()
    changed = [index % 9 == 0 for index in range(40)]
    whole = worst_of_batch(0, differences(distances, changed))
    parts = worst_of_batch(0, differences(distances[:16], changed[:16]))
    parts += worst_of_batch(16, differences(distances[16:], changed[16:]))
    assert worst_of(parts) == whole


def test_scores_go_along() -> None:
    scores = np.array([[0.9, 0.1]])
    (entry,) = worst_of_batch(
        0, Differences(np.array([0.8]), np.array([True]), scores, scores[:, ::-1], similarities=np.array([0.25]))
    )
    assert (entry.reference, entry.candidate, entry.similarity) == ((0.9, 0.1), (0.1, 0.9), 0.25)
