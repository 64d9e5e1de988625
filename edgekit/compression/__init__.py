"""Compression of any model's weights before it is converted: pruning, clustering, quantization-aware training.

A frozen graph goes in and one with other weights comes out, so what ships has exactly those zeros and values.
"""

from __future__ import annotations

from edgekit.compression.stages import Samples, compress

__all__ = ["Samples", "compress"]
