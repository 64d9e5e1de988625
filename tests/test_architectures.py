"""The table of architectures measures agreement, and only with an original whose answers say something."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.architectures import check_answers, decibels

ANSWERS = np.random.default_rng(0).normal(size=(8, 10))


def test_decibels_tell_an_error_from_none() -> None:
    assert decibels(ANSWERS, ANSWERS) == 200
    assert decibels(ANSWERS + 100, np.full(ANSWERS.shape, ANSWERS.mean(axis=0) + 100)) == pytest.approx(0)
    assert decibels(ANSWERS, ANSWERS * 1.01) == pytest.approx(40, abs=1)


def test_an_original_that_answers_the_same_to_all_is_refused() -> None:
    check_answers(ANSWERS)
    with pytest.raises(ValueError, match="the same to every sample"):
        check_answers(np.full((8, 10), 0.1) + 1e-8 * ANSWERS)
