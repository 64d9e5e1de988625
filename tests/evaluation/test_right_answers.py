"""Right answers are counted by side; of a metric that has no right and wrong only agreement is scored."""

from __future__ import annotations

import numpy as np
import pytest

from edgekit.evaluation.gates import Counts
from edgekit.evaluation.right_answers import RightAnswers, score_counts, share_sentence

COUNTS = Counts(samples=10, agree=7, both=6, lost=2, won=1)


def flags(text: str) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.array([letter == "1" for letter in text], np.bool_)


def test_who_was_right_is_counted() -> None:
    answers = RightAnswers()
    answers.add_outcomes(0, flags("1100"), flags("1010"))
    assert (answers.both, answers.lost, answers.won) == (1, 1, 1)


def test_shards_merge_in_the_order_of_their_samples() -> None:
    first, second = RightAnswers(samples=2, agree=1), RightAnswers(samples=2, agree=2)
    second.add_outcomes(2, flags("11"), flags("11"))
    first.add_outcomes(0, flags("10"), flags("00"))
    second.merge(first)
    assert second.counts() == Counts(samples=4, agree=3, both=2, lost=1, won=0)
    assert second.outcome().tolist() == [1, 0, 3, 3]


def test_scores_follow_from_counts() -> None:
    scores = score_counts("accuracy", COUNTS, "y", 0.95, scored=True)
    assert (scores.reference, scores.candidate) == (0.8, 0.7)
    assert scores.drop == pytest.approx(0.1)
    assert (scores.right_to_wrong, scores.wrong_to_right) == (2, 1)
    assert scores.drop_interval is not None
    low, high = scores.drop_interval
    assert low is not None
    assert high is not None
    assert low < 0.1 < high


def test_without_right_and_wrong_nothing_is_scored() -> None:
    scores = score_counts("agreement", COUNTS, "y", 0.95, scored=False)
    assert scores.agreement == 0.7
    assert (scores.reference, scores.candidate, scores.drop, scores.right_to_wrong) == (None,) * 4
    with pytest.raises(AssertionError, match="counted against what is right"):
        share_sentence(scores, 10, "is right")


def test_a_sentence_for_a_card() -> None:
    sentence = share_sentence(score_counts("accuracy", COUNTS, "y", 0.95, scored=True), 10, "is right")
    assert sentence.startswith(
        "The original is right on 80.0% of 10 held-out samples, this model on 70.0% (interval 39"
    )
