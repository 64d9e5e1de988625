"""Labels are counted by side, and their F1 follows."""

from __future__ import annotations

import numpy as np
import pytest

from edgekit.evaluation.label_counts import LabelCounts


def test_f1_by_hand() -> None:
    counts = np.array([[[2, 0], [1, 0], [1, 0]], [[3, 0], [0, 1], [0, 0]]])
    scores = LabelCounts(counts).scores(("a", "b"))
    first, second = scores["f1"]["a"], scores["f1"]["b"]
    assert (first.candidate, second.reference, second.candidate) == (1.0, 1.0, 0.0)
    assert first.reference == pytest.approx(2 / 3)
    assert scores["f1_micro"].reference == pytest.approx(4 / 6)
    assert scores["f1_macro"].candidate == pytest.approx(0.5)


def test_labels_are_counted_by_side() -> None:
    truth = np.array([[True, False], [True, True], [False, False]])
    nothing = np.zeros_like(truth)
    counts = LabelCounts.of(truth, nothing, truth)
    assert counts.counts.tolist() == [[[2, 1], [0, 0], [0, 0]], [[0, 0], [0, 0], [2, 1]]]
    everything = LabelCounts.of(nothing, ~nothing, truth).counts
    assert everything[1].tolist() == [[2, 1], [1, 2], [0, 0]]


def test_parts_add_up_to_the_whole() -> None:
    reference, candidate, truth = np.random.default_rng(0).random((3, 40, 5)) < 0.4
    whole, part = LabelCounts.of(reference, candidate, truth), LabelCounts.of(reference[:7], candidate[:7], truth[:7])
    part.merge(LabelCounts.of(reference[7:], candidate[7:], truth[7:]))
    assert (part.counts == whole.counts).all()
    assert (part.counts[0] != part.counts[1]).any(), "two sides that are alike show nothing"


def test_what_is_never_said_and_never_right_is_perfect() -> None:
    none = np.zeros((0, 1), np.bool_)
    assert LabelCounts.of(none, none, none).scores(("a",))["f1"]["a"].candidate == 1
