"""How values use the range that calibration saw."""

from __future__ import annotations

import numpy as np
import pytest

from edgekit.evaluation.input_use import STEPS, InputUse


def test_a_step_beyond_the_range_is_within_it() -> None:
    step = 1 / STEPS
    use = InputUse.of(np.array([-0.9 * step, 1 + 0.9 * step, -1.1 * step, 1 + 1.1 * step]), (0.0, 1.0))
    assert (use.values, use.outside) == (4, 2)


def test_a_range_always_holds_zero() -> None:
    assert InputUse.of(np.array([9.98]), (10.0, 11.0)).outside == 0  # a step is 11 / 255
    assert InputUse.of(np.array([9.9]), (10.0, 11.0)).outside == 1


@pytest.mark.parametrize("cut", [0, 3, 10])
def test_parts_add_up_to_the_whole(cut: int) -> None:
    values = np.random.default_rng(0).normal(size=10)
    part = InputUse.of(values[:cut], (-1.0, 1.0))
    part.merge(InputUse.of(values[cut:], (-1.0, 1.0)))
    assert part == InputUse.of(values, (-1.0, 1.0))
    assert part.outside > 0


def test_no_values_have_no_ends() -> None:
    assert InputUse.of(np.array([]), (0.0, 1.0)) == InputUse()
