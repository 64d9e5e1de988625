"""Sizes that are fixed in an ONNX file: NPUs and mobile providers plan ahead, and take no others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from edgekit.contract.shape import Shape
from edgekit.system.optional import require


def fix_sizes(model: Any, shapes: Mapping[str, Sequence[int]]) -> None:
    """Fix the shapes of a model's inputs, and those of its outputs as far as they follow from them.

    Args:
        model: A ``ModelProto``, changed in place.
        shapes: The shape of each input, by its name.
    """
    tools = require("onnxruntime.tools.onnx_model_utils", asked="a fixed batch in ONNX", extra="convert")
    for name, shape in shapes.items():
        tools.make_input_shape_fixed(model.graph, name, list(shape))
    tools.fix_output_shapes(model)


def shapes_of(ports: Iterable[Any]) -> dict[str, Shape]:
    """Return the shapes of a graph's inputs or outputs by name, None where a size is free."""
    shapes = {}
    for port in ports:
        sizes = port.type.tensor_type.shape.dim
        shapes[port.name] = tuple(size.dim_value if size.HasField("dim_value") else None for size in sizes)
    return shapes
