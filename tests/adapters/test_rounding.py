"""What every rounding method has to keep, beyond the names that its port lists."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from edgekit.quantization.methods import rounding_method, rounding_methods
from edgekit.quantization.moments import Moments
from tests.quantization.inputs import correlated

LIMIT = 7


def problems(method: Any) -> list[str]:
    """Return what a method does not keep, for a layer with weights of zero and at the limit."""
    generator, moments = np.random.default_rng(7), Moments()
    moments.add(correlated(generator, 80, 12))
    weights = generator.uniform(-1, 1, (1, 5, 12))
    weights[:, :, ::4], weights[:, :, 1] = 0, 1
    integers = method.rounded(weights, np.full((1, 5, 1), 1 / LIMIT), moments, limit=LIMIT)
    sentences = []
    if integers.dtype != np.int8 or integers.shape != weights.shape:
        return [f"its integers are {integers.dtype} {integers.shape}"]
    if np.abs(integers).max() > LIMIT:
        sentences.append("an integer lies outside the limits")
    if integers[weights == 0].any():
        sentences.append("a weight of zero is none any more")
    if (integers[weights == 1] != LIMIT).any():
        sentences.append("the largest weight, which the scale is made from, has moved")
    return sentences


@pytest.mark.parametrize("name", rounding_methods())
def test_a_method_keeps_zeros_and_limits(name: str) -> None:
    method = rounding_method(name)
    assert problems(method) == []
    assert method.SUMMARY


def seeded(shift: float, *, scale: float = LIMIT, dtype: type = np.int8) -> Any:
    """A method that errs by a shift, a scale, or the type of its integers."""
    return SimpleNamespace(
        rounded=lambda weights, scales, moments, *, limit: np.rint(weights * scale + shift).astype(dtype)
    )


@pytest.mark.parametrize(
    ("method", "sentence"),
    [
        (seeded(1), "zero"),
        (seeded(0, scale=2 * LIMIT), "outside the limits"),
        (seeded(0, scale=LIMIT - 1), "has moved"),
        (seeded(0, dtype=np.float32), "float32"),
    ],
)
def test_a_method_that_does_not_is_noticed(method: Any, sentence: str) -> None:
    assert problems(seeded(0)) == []
    assert sentence in " ".join(problems(method))


def test_lists_have_one_order() -> None:
    ranks = [rounding_method(name).RANK for name in rounding_methods()]
    assert ranks == sorted(set(ranks))
