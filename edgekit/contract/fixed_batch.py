"""Models that take just so many samples at once: whoever asks, and however many, they are asked in that batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.contract.batch import Batch
from edgekit.contract.contract import Contract
from edgekit.errors import SessionError


def fixed_batch(contract: Contract) -> int | None:
    """Return how many samples a model takes at once; None: any number, or its first sizes count no samples.

    That a size above 1 counts samples is taken from an output that has it too: a sound of 16000 values is one sample.
    """
    sizes = {spec.shape[0] if spec.shape else None for spec in contract.inputs}
    if not contract.batched or len(sizes) != 1:
        return None
    size = sizes.pop()
    if size is None or size == 1:
        return size
    return size if any(spec.shape[:1] == (size,) for spec in contract.outputs) else None


def filled_up(batch: Mapping[str, NDArray[Any]], size: int) -> Batch:
    """Return a batch of ``size`` samples, the last of which stands for those that lack."""
    return {name: _filled_up(values, size) for name, values in batch.items()}


def in_fixed_batches(size: int | None, inputs: Mapping[str, NDArray[Any]], run: Callable[[Batch], Batch]) -> Batch:
    """Run samples through a model as many at a time as it takes, and return one row for each.

    Args:
        size: How many it takes; None: any number.
        inputs: Samples by input, ``[n, ...]``.
        run: Runs one batch of ``size``.

    Raises:
        SessionError: An output has no row per sample, so that those of several batches cannot be joined.
    """
    count = len(next(iter(inputs.values())))
    if size is None or count == size:
        return run(dict(inputs))
    pieces = []
    for start in range(0, count, size):
        piece = {name: values[start : start + size] for name, values in inputs.items()}
        pieces.append(run(filled_up(piece, size)))
    return {name: _joined(name, [piece[name] for piece in pieces], count, size) for name in pieces[0]}


def _filled_up(values: NDArray[Any], size: int) -> NDArray[Any]:
    missing = size - len(values)
    return values if missing <= 0 else np.concatenate([values, np.repeat(values[-1:], missing, axis=0)])


def _joined(name: str, pieces: list[NDArray[Any]], count: int, size: int) -> NDArray[Any]:
    if count % size and any(values.ndim == 0 or len(values) != size for values in pieces):
        raise SessionError(f"output {name!r} has no row per sample, so {count} samples cannot fill batches of {size}")
    if any(values.ndim == 0 for values in pieces):
        raise SessionError(f"output {name!r} is one number for a batch of {size}, so more samples cannot be asked")
    joined = np.concatenate(pieces)
    return joined[:count] if count % size else joined
