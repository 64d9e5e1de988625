"""Bags of embeddings: sums of a table's rows, which no format has, as a gather and a product of matrices."""

from __future__ import annotations

from typing import Any

from edgekit.contract.batch import Tensors
from edgekit.errors import ConversionError
from edgekit.graph.nodes import constant_of
from edgekit.system.optional import tensorflow

BAGS = {
    "SparseSegmentSum": "sum",
    "SparseSegmentMean": "mean",
    "SparseSegmentSqrtN": "sqrtn",
    "SparseSegmentSumWithNumSegments": "sum",
    "SparseSegmentMeanWithNumSegments": "mean",
    "SparseSegmentSqrtNWithNumSegments": "sqrtn",
}
"""Sums of embeddings over rows, by how they combine."""


def bag_ports(op: Any) -> tuple[str, str]:
    """Return the names of the tensors that a bag takes in the core: padded ids and their weights."""
    return f"{op.name}/ids:0", f"{op.name}/weights:0"


def embedding_bag(op: Any, tensors: Tensors) -> Any:
    """Add a bag of embeddings to the core: gather rows of the table, and multiply by each bag's weights.

    As a product of matrices, integers are summed in 32 bits and rounded once; a sum that is scaled afterwards needs
    the range of the longest sentence.
    """
    tf = tensorflow()
    table = constant_of(op.inputs[0])
    if table.ndim != 2:
        raise ConversionError(f"op {op.type} (node {op.name}) sums rows of rank {table.ndim}, only vectors work")
    ids, weights = (tensors[name] for name in bag_ports(op))
    rows = tf.gather(tf.constant(table, name=f"{op.name}/table"), tf.reshape(ids, [-1]))
    shape = tf.shape(ids)
    rows = tf.reshape(rows, tf.stack([shape[0], shape[1], table.shape[1]]))
    return tf.reshape(tf.matmul(weights, rows), [-1, table.shape[1]])
