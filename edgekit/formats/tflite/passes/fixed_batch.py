"""Sizes that are fixed: the Edge TPU takes static ones only."""

from __future__ import annotations

from typing import Any


def fix_batch(loaded: Any) -> None:
    """Fix every free size at the 1 that the file is planned for."""
    for graph in loaded.subgraphs:
        for tensor in graph.tensors:
            tensor.shapeSignature = None
