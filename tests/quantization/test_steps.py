"""Weights that were rounded once have a step, and others have none."""

from __future__ import annotations

import numpy as np

from edgekit.quantization.steps import weight_steps

GENERATOR = np.random.default_rng(0)


def test_integers_times_a_step_have_it() -> None:
    """The largest integer is 127 in the first channel and 90 in the others, as after the last step of training."""
    integers = GENERATOR.integers(-90, 91, size=(4, 200))
    integers[:, :2] = [90, 89]  # no larger step fits both
    integers[0, 2] = 127
    steps = np.asarray([0.01, 1e-5, 3.7, 0.02])
    weights = (integers * steps[:, None]).astype(np.float32)
    np.testing.assert_allclose(weight_steps(weights), steps, rtol=1e-5)


def test_the_smallest_step_of_several_holds_the_weights_exactly() -> None:
    weights = np.asarray([[0.5, -1.0, 1.5]], np.float32)
    (step,) = weight_steps(weights)
    assert step <= 0.5
    np.testing.assert_allclose(np.round(weights / step) * step, weights, rtol=1e-6)


def test_a_channel_of_zeros_is_as_fine_as_the_finest_of_the_others() -> None:
    weights = np.asarray([[0, 0, 0], [127, 64, 1], [127 * 3, 64 * 3, 3]], np.float32)
    assert weight_steps(weights).tolist() == [1.0, 1.0, 3.0]
    assert weight_steps(np.zeros((2, 3), np.float32)).tolist() == [0.0, 0.0]


def test_weights_that_were_not_rounded_have_none() -> None:
    weights = GENERATOR.normal(size=(8, 100)).astype(np.float32)
    assert (weight_steps(weights) == 0).all()
    rounded = (np.round(weights / 0.05) * 0.05).astype(np.float32)
    assert (weight_steps(rounded) > 0).all()
    rounded[:, 80] += 0.01  # one weight of each, beyond those that are tried first
    assert (weight_steps(rounded) == 0).all()
