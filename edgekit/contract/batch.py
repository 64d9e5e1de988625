"""Batches of arrays."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

Batch = dict[str, NDArray[Any]]
"""Arrays by input or output name, the batch on the first axis."""

Tensors = dict[str, Any]
"""TensorFlow's tensors by input or output name: its types are missing."""
