"""Loops in TFLite files: bodies are graphs of their own, whose states go round as floats."""

from __future__ import annotations

from typing import Any

from edgekit.errors import ConversionError
from edgekit.formats.tflite.graph import WEIGHTED, operator_type
from edgekit.recipe.variants import Variant


def loop_levels(loaded: Any) -> dict[str, str]:
    """Return what operators within loops are left at where activations are integers, by the names of their outputs.

    Products keep weights of 8 bits, all else is float. A state of 8 bits would be rounded at each step, and the kernel
    of WHILE takes no two scales of one tensor: what goes in is what comes out.
    """
    levels: dict[str, str] = {}
    for graph in loaded.subgraphs[1:]:
        levels |= {graph.tensors[index].name.decode(): "float" for index in (*graph.inputs, *graph.outputs)}
        for operator in graph.operators:
            name = ";".join(graph.tensors[index].name.decode() for index in operator.outputs)
            levels[name] = "int8" if operator_type(loaded, operator) in WEIGHTED else "float"
    return levels


def check_loops(loaded: Any, variant: Variant) -> None:
    """Refuse loops where all has to be an integer, or where several samples are taken at once.

    Raises:
        ConversionError: The file has a loop, which the variant cannot have.
    """
    if len(loaded.subgraphs) == 1:
        return
    if variant.scheme.integer_edges:
        raise ConversionError(
            f"{variant}: a recurrent layer (LSTM, GRU, RNN) became a loop, whose states are floats; take tflite-int8, "
            f"or build the layer with unroll=True"
        )
    if variant.batch not in (None, 1):
        raise ConversionError(
            f"{variant}: a recurrent layer (LSTM, GRU, RNN) became a loop, which takes one sample at a time in TFLite; "
            f"take -b1, or build the layer with unroll=True"
        )
