"""Frozen graphs of TensorFlow, as any layer may ask them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from edgekit.system.optional import tensorflow

if TYPE_CHECKING:
    from edgekit.contract.contract import Contract
    from edgekit.formats.tflite.operators import Operator

RANK = 9
NODE_TAG = 0x0A
"""Field 1, a message, as protocol buffers write it: a GraphDef begins with its first node."""


def recognizes(head: bytes) -> bool:
    """Whether a file that begins so may be one."""
    return head[:1] == bytes([NODE_TAG])


def embedded_contract(file: Path) -> Contract | None:
    """Return None: the format has no place for it."""
    return None


def op_counts(file: Path) -> Counter[str]:
    """Count the ops of the graph."""
    graph = tensorflow("reading a frozen graph").compat.v1.GraphDef.FromString(file.read_bytes())
    return Counter(node.op for node in graph.node)


def operators(file: Path) -> list[Operator]:
    """Return none: no delegate takes them."""
    return []
