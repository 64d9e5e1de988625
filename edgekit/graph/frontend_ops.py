"""Which ops have no builtin in TFLite or ONNX, and so belong into the portable front end."""

from __future__ import annotations

import itertools
from collections.abc import Collection
from typing import Any

from edgekit.graph.bags import BAGS
from edgekit.system.optional import tensorflow

FRONT_DTYPES = ("string", "complex64", "complex128", "resource", "variant")
"""Tensors that no builtin op of TFLite or ONNX takes."""

FRONT_OPS = (
    "Bincount",
    "DenseBincount",
    "RaggedBincount",
    "RaggedGather",
    "RaggedRange",
    "RaggedTensorToSparse",
    "RaggedTensorToTensor",
    "SparseConcat",
    "SparseFillEmptyRows",
    "SparseReorder",
    "SparseReshape",
    "SparseSlice",
    "SparseToDense",
    "StringToHashBucketFast",
)
"""Further ops that at least one of the formats has no builtin for."""


def needs_front_end(graph: Any, live: Collection[str]) -> bool:
    """Whether one of the live nodes of a frozen GraphDef is an op that only a front end can run."""
    tf = tensorflow()
    front = {getattr(tf, name).as_datatype_enum for name in FRONT_DTYPES}
    for node in graph.node:
        if node.name not in live:
            continue
        if node.op in FRONT_OPS or node.op in BAGS:
            return True
        if any(value.type in front or front & set(value.list.type) for value in node.attr.values()):
            return True
    return False


def has_front_dtype(op: Any) -> bool:
    """Whether an op takes or makes a tensor that no builtin op takes."""
    return any(tensor.dtype.name in FRONT_DTYPES for tensor in itertools.chain(op.inputs, op.outputs))
