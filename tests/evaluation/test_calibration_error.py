"""Calibration errors tell honest confidences from boastful ones, by hand and by simulation."""

from __future__ import annotations

import numpy as np
import pytest

from edgekit.evaluation.calibration_error import Confidences


def test_calibration_of_scores() -> None:
    rng = np.random.default_rng(0)
    confidence = rng.uniform(0.5, 1.0, 20_000)
    scores = np.stack([confidence, 1 - confidence], 1)
    honest, boastful = Confidences(), Confidences()
    honest.add(scores, rng.uniform(size=20_000) < confidence)
    boastful.add(scores, rng.uniform(size=20_000) < confidence - 0.2)
    first, second = honest.error(), boastful.error()
    assert first is not None
    assert second is not None
    assert first < 0.02
    assert second == pytest.approx(0.2, abs=0.02)
    assert Confidences().error() is None
    parts = Confidences()
    for half in (slice(0, 10_000), slice(10_000, None)):
        part = Confidences()
        part.add(scores[half], (rng.uniform(size=20_000) < confidence)[half])
        parts.merge(part)
    assert parts.bins[0].sum() == 20_000


def confidences(scores: list[list[float]], right: list[bool]) -> Confidences:
    bins = Confidences()
    bins.add(np.array(scores, np.float64).reshape(-1, 2), np.array(right, np.bool_))
    return bins


def test_by_hand() -> None:
    """Two answers at 0.8 of which one is right are 0.3 off; one at 0.6 that is right is 0.4 off."""
    bins = confidences([[0.8, 0.2], [0.2, 0.8], [0.6, 0.4]], [True, False, True])
    assert bins.error() == pytest.approx((2 * 0.3 + 0.4) / 3)


@pytest.mark.parametrize(("right", "error"), [(True, 0.0), (False, 1.0)])
def test_a_single_sure_answer(right: bool, error: float) -> None:
    assert confidences([[1.0, 0.0]], [right]).error() == error


def test_scores_beyond_one_count_as_sure() -> None:
    assert confidences([[1.5, 0.0]], [True]).error() == 0


def test_no_answers_have_no_error() -> None:
    empty = confidences([], [])
    assert empty.error() is None
    some = confidences([[1.0, 0.0]], [False])
    some.merge(empty)
    assert some.error() == 1
