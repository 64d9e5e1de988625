"""GPTQ: errors of weights that are rounded first are made good by those to come.

Nearest rounding treats each weight alone. But a layer's inputs go together, neighbouring pixels above all, so that the
error of one weight can be made good by others. GPTQ (Frantar et al. 2022, https://arxiv.org/abs/2210.17323) rounds one
input's weights after the other, and spreads the error over those to come, by the inverse Hessian; it minimizes the
expected squared error of the layer's output. It changes which integers are stored, nothing else: not their scales, not
the size, not the kernels.

In the paper's symbols: ``weights`` are W, one output a row; ``integers`` times ``steps`` are Q; the Hessian is
H = 2 X Xᵀ + λI, whose factor 2 cancels, so that ``hessian`` is X Xᵀ; ``upper`` is the upper Cholesky factor of H⁻¹.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edgekit.quantization.moments import Floats, Moments, in_parts
from edgekit.quantization.rounding import nearest

RANK = 0
SUMMARY = "so that the outputs of each layer change least on calibration samples"
MEASURES = True
BLOCK = 32
"""B of the paper's algorithm 1: inputs whose errors are collected before they reach those behind, by one product. The
paper's 128 suits a GPU; here steps within a block cost most, and 32 takes a quarter less time."""
AT_ONCE = 1 << 22
"""Numbers in each of the arrays that GPTQ works on, so that its memory does not grow with the layer."""
DAMPING = 0.01
"""λ as a share of the mean of H's diagonal: the paper's 1%. Without it H of inputs that are always zero is singular."""
Doubles = NDArray[np.float64]


def rounded(weights: Floats, scales: Floats, moments: Moments, *, limit: int) -> NDArray[np.int8]:
    """Return the integers that keep a layer's outputs best.

    A weight of zero stays zero, and one at the limit, which scales are made from, stays there. An output that GPTQ
    would make worse than nearest rounding does, on the inputs that were measured, is rounded to the nearest.

    Args:
        weights: ``[groups, outputs, inputs]`` as `Window.rows` orders them.
        scales: What one step of each weight is worth; of the same shape, or broadcast to it.
        moments: Those of the layer's inputs.
        limit: The largest integer; the smallest is its negative.

    Raises:
        ValueError: The moments are those of another layer.
    """
    groups, outputs, inputs = weights.shape
    exact, steps = (in_parts(values.transpose(1, 0, 2)) for values in (weights, np.broadcast_to(scales, weights.shape)))
    if moments.sums.shape[0] != exact.shape[1] or moments.sums.shape[1] != exact.shape[2]:
        raise ValueError(f"moments of {moments.sums.shape} do not go with weights of {weights.shape}")
    integers = np.empty(exact.shape, np.int8)
    parts = max(1, AT_ONCE // exact.shape[2] ** 2)
    for first in range(0, exact.shape[1], parts):
        chunk = slice(first, first + parts)
        order, upper = _factors(moments.sums[chunk])
        rows = max(1, AT_ONCE // (upper.shape[0] * exact.shape[2]))
        for row in range(0, outputs, rows):
            block = (slice(row, row + rows), chunk)
            layer = _Part(
                exact=exact[block].transpose(1, 0, 2).astype(float),
                steps=steps[block].transpose(1, 0, 2).astype(float),
                limit=limit,
            )
            integers[block] = layer.best(moments.sums[chunk], order, upper).transpose(1, 0, 2)
    unpadded = integers.reshape(outputs, groups, -1)[:, :, :inputs]
    return np.ascontiguousarray(unpadded.transpose(1, 0, 2))


def _factors(hessian: Doubles) -> tuple[NDArray[np.intp], Doubles]:
    """Return the order of the inputs, those with the most energy first, and how errors spread along it, by part.

    The order is GPTQ's ``act_order``: the weights that matter most are rounded while most others can still make good.
    The Cholesky factor of H⁻¹ holds, row by row, what the paper's step 2 would compute by eliminating inputs in turn.
    It is the inverse of the factor of H that eliminates inputs from the last to the first: of H turned round, turned
    back. That takes a third of the products that inverting H does.
    """
    order = np.argsort(-np.diagonal(hessian, axis1=1, axis2=2), axis=1, kind="stable")
    ordered = np.take_along_axis(np.take_along_axis(hessian, order[:, :, None], 1), order[:, None, :], 2)
    energy = np.diagonal(ordered, axis1=1, axis2=2).mean(axis=1)
    # The tiny number: a part whose inputs are all zero has no energy, and λ would be 0.
    damped = (DAMPING * energy + np.finfo(np.float32).tiny)[:, None, None] * np.eye(hessian.shape[1])
    turned = np.linalg.cholesky((ordered + damped)[:, ::-1, ::-1])[:, ::-1, ::-1]
    return order, np.stack([_inverse(part) for part in turned])


def _inverse(upper: Doubles) -> Doubles:
    """Return the inverse of an upper triangular matrix whose diagonal is above zero."""
    from scipy.linalg import lapack  # heavy, and not on a device

    inverse, failed = lapack.dtrtri(upper)
    assert not failed, "the factor of a damped Hessian has no zeros on its diagonal"
    return np.asarray(inverse)


class _Part:
    """Some groups of inputs with some of the outputs.

    Args:
        exact: Weights, ``[parts, outputs, inputs]``.
        steps: What one step of each is worth.
        limit: The largest integer.
    """

    def __init__(self, *, exact: Doubles, steps: Doubles, limit: int) -> None:
        steps[steps == 0] = 1.0  # where a part is filled up
        self.exact, self.steps, self.limit = exact, steps, limit

    def best(self, hessian: Doubles, order: NDArray[np.intp], upper: Doubles) -> Doubles:
        """Return the integers by GPTQ, but of outputs that nearest rounding leaves better."""
        simple = nearest.integers(self.exact, self.steps, limit=self.limit)
        spread = self._spread(order, upper)
        better = self._error(spread, hessian) <= self._error(simple, hessian)
        return np.where(better[:, :, None], spread, simple)

    def _error(self, integers: Doubles, hessian: Doubles) -> Doubles:
        """Return the squared error of each output over what was measured, ``[parts, outputs]``: (W-Q) H (W-Q)ᵀ."""
        change = integers * self.steps - self.exact
        return np.asarray(((change @ hessian) * change).sum(axis=2))

    def _spread(self, order: NDArray[np.intp], upper: Doubles) -> Doubles:
        """Return the integers by the paper's algorithm 1, in an order of the inputs."""
        # Inputs on the axis before the last: what is taken one after the other lies together in memory.
        weights, steps = (
            np.take_along_axis(values.transpose(0, 2, 1), order[:, :, None], 1) for values in (self.exact, self.steps)
        )
        integers = nearest.integers(weights, steps, limit=self.limit)
        stays = (weights == 0) | (np.abs(integers) == self.limit)
        count = weights.shape[1]
        for start in range(0, count, BLOCK):
            end = min(start + BLOCK, count)
            errors = np.zeros((weights.shape[0], end - start, weights.shape[2]))  # E
            for index in range(start, end):
                candidates = nearest.integers(weights[:, index], steps[:, index], limit=self.limit)
                integers[:, index] = np.where(stays[:, index], integers[:, index], candidates)
                error = weights[:, index] - integers[:, index] * steps[:, index]
                errors[:, index - start] = error / upper[:, index, index, None]
                rest = slice(index + 1, end)
                weights[:, rest] -= upper[:, index, rest, None] * errors[:, index - start, None]
            # The lazy batch: what lies behind, at once.
            weights[:, end:] -= upper[:, start:end, end:].transpose(0, 2, 1) @ errors
        unordered = np.empty_like(integers)
        np.put_along_axis(unordered, order[:, :, None], integers, 1)
        return unordered.transpose(0, 2, 1)
