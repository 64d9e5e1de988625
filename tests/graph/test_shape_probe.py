"""Shapes that a graph leaves open are those that the front end makes, unless they depend on values."""

from __future__ import annotations

import numpy as np
import pytest

from edgekit.errors import ConversionError
from edgekit.frontend import Node, Port, Program
from edgekit.graph.shape_probe import with_probed_shapes


def program(op: str, shape: tuple[int | None, ...], **constants: object) -> Program:
    return Program(
        inputs=(Port(name="x", tensor="x", dtype="float32", shape=(None, 4)),),
        outputs=(Port(name="y", tensor="y", dtype="float32", shape=shape),),
        nodes=(Node(op=op, inputs=("x", *constants), outputs=("y",), attrs={}),),
        constants={name: np.asarray(value) for name, value in constants.items()},
        tables={},
    )


def test_a_free_size_that_stays_the_same_is_fixed() -> None:
    (port,) = with_probed_shapes(program("Square", (None, None))).outputs
    assert port.shape == (None, 4)


def test_a_size_that_follows_the_batch_stays_free() -> None:
    (port,) = with_probed_shapes(program("Transpose", (None, None), perm=[1, 0])).outputs
    assert port.shape == (4, None)


def test_a_size_that_depends_on_values_stays_free() -> None:
    (port,) = with_probed_shapes(program("Where", (None, None))).outputs
    assert port.shape == (None, None)


def test_another_rank_than_the_graphs_is_refused() -> None:
    with pytest.raises(ConversionError, match="rank 2, the graph says"):
        with_probed_shapes(program("Square", (None, None, None)))


def test_a_front_end_that_does_not_run_is_refused() -> None:
    with pytest.raises(ConversionError, match="does not run on a made-up batch of 2"):
        with_probed_shapes(program("Reshape", (None, 3), size=[5, 3]))
