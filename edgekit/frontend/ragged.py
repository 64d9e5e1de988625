"""Front-end ops on rows of different lengths, sparse or ragged, as TensorFlow defines them; and bags of embeddings."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.errors import FrontEndError
from edgekit.frontend.registry import Attributes, Kernel, op, plain

BAG_OP = "EmbeddingBagIds"
"""edgekit's own op: ids ``[t]`` and their rows ``[t]`` become padded ids ``[n, l]`` and weights ``[n, 1, l]``."""


@op("RaggedTensorToSparse")
def _ragged_to_sparse(attrs: Attributes) -> Kernel:
    if attrs.get("RAGGED_RANK", 1) != 1:
        raise FrontEndError("only one ragged dimension is supported")

    def kernel(splits: NDArray[Any], values: NDArray[Any]) -> tuple[NDArray[Any], ...]:
        lengths = np.diff(splits)
        rows = np.repeat(np.arange(len(lengths)), lengths)
        columns = np.arange(len(values)) - np.repeat(splits[:-1], lengths)
        shape = np.array([len(lengths), lengths.max(initial=0)], np.int64)
        return np.stack([rows, columns], 1).astype(np.int64), values, shape

    return kernel


@op("RaggedTensorToTensor")
def _ragged_to_tensor(attrs: Attributes) -> Kernel:
    kinds = list(attrs["row_partition_types"])
    if kinds not in (["ROW_SPLITS"], ["FIRST_DIM_SIZE", "VALUE_ROWIDS"]):
        raise FrontEndError(f"row partitions {kinds} are not supported")

    def kernel(shape: Any, values: NDArray[Any], default: Any, *partition: NDArray[Any]) -> NDArray[Any]:
        if len(partition) == 1:
            lengths = np.diff(partition[0])
            rows = np.repeat(np.arange(len(lengths)), lengths)
        else:
            rows = np.asarray(partition[1])
            lengths = np.bincount(rows, minlength=int(partition[0]))
        columns = np.arange(len(rows)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        bounds = [int(size) for size in np.atleast_1d(shape)] if np.ndim(shape) else [-1, -1]
        height = len(lengths) if bounds[0] < 0 else bounds[0]
        width = int(lengths.max(initial=0)) if bounds[1] < 0 else bounds[1]
        dense = np.full((height, width, *values.shape[1:]), default, values.dtype)
        inside = (rows < height) & (columns < width)
        dense[rows[inside], columns[inside]] = values[inside]
        return dense

    return kernel


def _fill_empty_rows(
    indices: NDArray[Any], values: NDArray[Any], shape: NDArray[Any], default: Any
) -> tuple[NDArray[Any], ...]:
    count = int(shape[0])
    empty = np.bincount(indices[:, 0], minlength=count) == 0
    added = np.zeros([int(empty.sum()), indices.shape[1]], indices.dtype)
    added[:, 0] = np.flatnonzero(empty)
    filler = np.full(len(added), default, values.dtype)
    order = np.argsort(np.concatenate([indices[:, 0], added[:, 0]]), kind="stable")
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    return (
        np.concatenate([indices, added])[order],
        np.concatenate([values, filler])[order],
        empty,
        back[: len(indices)].astype(np.int64),
    )


plain(_fill_empty_rows, "SparseFillEmptyRows")


def _sparse_reshape(indices: NDArray[Any], shape: NDArray[Any], lengths: NDArray[Any]) -> tuple[NDArray[Any], ...]:
    size, fixed = int(np.prod(shape)), [int(length) for length in lengths if length >= 0]
    reshaped = np.array([size // max(1, int(np.prod(fixed))) if length < 0 else length for length in lengths], np.int64)
    places = np.ravel_multi_index(tuple(indices.T), tuple(shape)) if len(indices) else np.zeros(0, np.int64)
    return np.stack(np.unravel_index(places, tuple(reshaped)), 1).astype(np.int64), reshaped


plain(_sparse_reshape, "SparseReshape")


@op("SparseToDense")
def _sparse_to_dense(attrs: Attributes) -> Kernel:  # noqa: ARG001  # every factory takes attributes
    def kernel(indices: NDArray[Any], shape: NDArray[Any], values: NDArray[Any], default: Any) -> NDArray[Any]:
        dense = np.full(tuple(shape), default, np.asarray(default).dtype)
        where = np.asarray(indices)
        dense[tuple(where.T) if where.ndim == 2 else where] = values
        return dense

    return kernel


def _height(rows: NDArray[Any]) -> int:
    """Return how many rows there are, of which the last has a value: ``SparseSegmentSum`` and its kin take it so."""
    return int(rows[-1]) + 1 if len(rows) else 0


@op(BAG_OP)
def _embedding_bag_ids(attrs: Attributes) -> Kernel:
    power = {"sum": 0.0, "mean": 1.0, "sqrtn": 0.5}[attrs["combiner"]]

    def kernel(ids: NDArray[Any], rows: NDArray[Any], *count: Any) -> tuple[NDArray[Any], NDArray[Any]]:
        height = int(count[0]) if count else _height(rows)
        lengths = np.bincount(rows, minlength=height)
        if len(lengths) > height:
            raise FrontEndError(f"a row is numbered {len(lengths) - 1}, there are {height}")
        columns = np.arange(len(rows)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        width = max(1, int(lengths.max(initial=0)))
        padded, weights = np.zeros((height, width), np.int32), np.zeros((height, 1, width), np.float32)
        padded[rows, columns] = ids
        weights[rows, 0, columns] = (np.maximum(lengths, 1) ** -power)[rows]
        return padded, weights

    return kernel
