"""What a float TFLite file is before it is quantized: what the quantizer can take without losing what it means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edgekit.formats.tflite.passes.biases import make_room_for_biases
from edgekit.formats.tflite.passes.embedding_lookups import use_embedding_lookups
from edgekit.formats.tflite.passes.fixed_sizes import fix_sizes
from edgekit.formats.tflite.passes.products import use_products
from edgekit.formats.tflite.passes.zero_spans import fill_zero_spans
from edgekit.formats.tflite.statistics import Statistics
from edgekit.quantization.precision import Precision

Shapes = Mapping[str, tuple[int, ...]]
"""By input the shape that is fixed."""


def prepare(source: Any, precision: Precision, ranges: Statistics | None, shapes: Shapes | None) -> None:
    """Change a float graph, and the ranges of its activations, to what the quantizer can take.

    Args:
        source: The graph, a ``ModelT``; changed in place.
        precision: What it is to compute with.
        ranges: The smallest and largest value of each activation; changed in place. None: none were measured.
        shapes: What free sizes are fixed to; None: they stay free.
    """
    constant = fix_sizes(source, shapes) if shapes is not None else set[str]()
    if not precision.calibrated:
        use_embedding_lookups(source)
    if precision.integer_edges:
        use_products(source)
    if ranges is None:
        return
    for name in constant & ranges.keys():  # or the quantizer takes them for the ranges of its channels
        del ranges[name]
    fill_zero_spans(source, ranges)
    make_room_for_biases(source, ranges, levels=precision.levels)
