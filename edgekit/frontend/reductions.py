"""Front-end ops that reduce an axis or count along it, as TensorFlow defines them.

Where an attribute is not there, its default is that of TensorFlow's own op, which a graph may leave out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.frontend.registry import Attributes, Kernel, numpy_dtype, op


def _reduction(reduce: Callable[..., Any]) -> Callable[[Attributes], Kernel]:
    def factory(attrs: Attributes) -> Kernel:
        keep = bool(attrs.get("keep_dims", False))

        def kernel(x: NDArray[Any], axes: NDArray[Any]) -> NDArray[Any]:
            reduced = reduce(x, axis=tuple(int(axis) for axis in np.atleast_1d(axes)), keepdims=keep)
            return np.asarray(reduced, x.dtype)

        return kernel

    return factory


def _extreme(reduce: Callable[..., Any], end: str) -> Callable[..., Any]:
    """Reduce to the largest or smallest value; of nothing, as TensorFlow does, to the dtype's own end."""

    def reduced(x: NDArray[Any], **options: Any) -> NDArray[Any]:
        if x.size:
            return np.asarray(reduce(x, **options))
        limit = getattr(np.iinfo(x.dtype), end) if x.dtype.kind in "iu" else {"min": -np.inf, "max": np.inf}[end]
        return np.asarray(reduce(x, initial=limit, **options))

    return reduced


_REDUCTIONS: dict[str, Callable[..., Any]] = {
    "Sum": np.sum,
    "Prod": np.prod,
    "Max": _extreme(np.max, "min"),
    "Min": _extreme(np.min, "max"),
    "Mean": np.mean,
    "All": np.all,
    "Any": np.any,
}
for _name, _reduce in _REDUCTIONS.items():
    op(_name)(_reduction(_reduce))


@op("ArgMax")
def _arg_max(attrs: Attributes) -> Kernel:
    dtype = numpy_dtype(attrs.get("output_type", "int64"))
    return lambda x, axis: np.argmax(x, int(axis)).astype(dtype)


@op("Cumsum")
def _cumsum(attrs: Attributes) -> Kernel:
    exclusive, reverse = attrs.get("exclusive", False), attrs.get("reverse", False)

    def kernel(x: NDArray[Any], axis: Any) -> NDArray[Any]:
        along = int(axis)
        values = np.flip(x, along) if reverse else x
        total = np.cumsum(values, along, dtype=x.dtype)
        if exclusive:
            total = total - values
        return np.flip(total, along) if reverse else total

    return kernel


@op("DenseBincount", "Bincount")
def _bincount(attrs: Attributes) -> Kernel:
    binary = bool(attrs.get("binary_output", False))

    def kernel(x: NDArray[Any], size: Any, weights: NDArray[Any]) -> NDArray[Any]:
        values = np.atleast_2d(x)
        counts = np.zeros((len(values), int(size)), weights.dtype)
        rows, columns = np.nonzero(values < int(size))
        added = np.atleast_2d(weights)[rows, columns] if weights.size else 1
        np.add.at(counts, (rows, values[rows, columns]), added)
        counts = (counts > 0).astype(counts.dtype) if binary else counts
        return counts[0] if x.ndim == 1 else counts

    return kernel
