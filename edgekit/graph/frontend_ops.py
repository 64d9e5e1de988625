"""Which ops have no builtin in TFLite or ONNX, and so belong into the portable front end."""

from __future__ import annotations

import itertools
from collections.abc import Collection
from typing import Any

from edgekit.graph.bags import BAGS
from edgekit.graph.tensor_lists import holds_list
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
    candidates = [node for node in graph.node if node.name in live and _may_need_front_end(node, front)]
    if not candidates:
        return False
    with tf.Graph().as_default() as imported:
        tf.graph_util.import_graph_def(graph, name="")
    return any(is_front_op(imported.get_operation_by_name(node.name)) for node in candidates)


def _may_need_front_end(node: Any, front: set[int]) -> bool:
    """Whether a node is such an op by its type, or by the dtypes among its attributes."""
    if node.op in FRONT_OPS or node.op in BAGS:
        return True
    return any(value.type in front or not front.isdisjoint(value.list.type) for value in node.attr.values())


def is_front_op(op: Any) -> bool:
    """Whether only a front end can run an op: by its type, or by a tensor that it takes or makes."""
    return op.type in FRONT_OPS or op.type in BAGS or has_front_dtype(op)


def has_front_dtype(op: Any) -> bool:
    """Whether an op takes or makes a tensor that no builtin op takes; lists within loops are lowered by converters."""
    tensors = itertools.chain(op.inputs, op.outputs)
    fronts = [tensor for tensor in tensors if tensor.dtype.name in FRONT_DTYPES]
    return any(tensor.dtype.name != "variant" or not holds_list(tensor) for tensor in fronts)
