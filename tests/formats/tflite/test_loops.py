"""Bodies of loops: what is quantized in them, and that a file of integers has none."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from edgekit.errors import ConversionError
from edgekit.formats.tflite.loops import check_loops, loop_levels
from edgekit.recipe.variants import parse_variant

FULLY_CONNECTED, TANH = 9, 28


def subgraph(prefix: str) -> Any:
    """A graph of a product and a tanh: ``state -> product -> next``."""
    tensors = [SimpleNamespace(name=f"{prefix}/{name}".encode()) for name in ("state", "product", "next")]
    operators = [SimpleNamespace(opcodeIndex=0, outputs=[1]), SimpleNamespace(opcodeIndex=1, outputs=[2])]
    return SimpleNamespace(tensors=tensors, operators=operators, inputs=[0], outputs=[2])


def file_of(*graphs: Any) -> Any:
    codes = [SimpleNamespace(builtinCode=code, deprecatedBuiltinCode=code) for code in (FULLY_CONNECTED, TANH)]
    return SimpleNamespace(subgraphs=list(graphs), operatorCodes=codes)


def test_products_in_a_body_have_integer_weights_and_states_are_floats() -> None:
    levels = loop_levels(file_of(subgraph("main"), subgraph("body")))
    assert levels == {"body/state": "float", "body/product": "int8", "body/next": "float"}
    assert loop_levels(file_of(subgraph("main"))) == {}


@pytest.mark.parametrize("name", ["tflite-int8full", "tflite-fp32-b4"])
def test_a_file_of_integers_or_of_several_samples_has_no_loop(name: str) -> None:
    check_loops(file_of(subgraph("main")), parse_variant(name))
    with pytest.raises(ConversionError, match="build the layer with unroll=True"):
        check_loops(file_of(subgraph("main"), subgraph("body")), parse_variant(name))


def test_a_loop_takes_one_sample() -> None:
    check_loops(file_of(subgraph("main"), subgraph("body")), parse_variant("tflite-int8-b1"))
