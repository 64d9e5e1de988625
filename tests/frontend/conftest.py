"""What the tests of front ends share."""

from __future__ import annotations

import numpy as np
import pytest

from edgekit.frontend import Node, Port, Program, Table


@pytest.fixture
def program() -> Program:
    """Looks words up and adds a large constant."""
    return Program(
        inputs=(Port(name="text", tensor="text:0", dtype="string", shape=(None,)),),
        outputs=(Port(name="ids", tensor="sum:0", dtype="float32", shape=(None, 100)),),
        nodes=(
            Node(op="StringLower", inputs=("text:0",), outputs=("lower:0",), attrs={"encoding": ""}),
            Node(op="LookupTableFindV2", inputs=("lower:0", "none:0"), outputs=("id:0",), attrs={"table": "words"}),
            Node(op="Cast", inputs=("id:0",), outputs=("float:0",), attrs={"DstT": "float32"}),
            Node(op="ExpandDims", inputs=("float:0", "axis:0"), outputs=("wide:0",), attrs={}),
            Node(op="AddV2", inputs=("wide:0", "large:0"), outputs=("sum:0",), attrs={}),
        ),
        constants={
            "none:0": np.int64(-1) * np.ones([], np.int64),
            "axis:0": np.array(1, np.int32),
            "large:0": np.arange(100, dtype=np.float32),
        },
        tables={"words": Table(name="words", lookup={b"a": 0, "é".encode(): 1}, value_dtype="int64")},
    )
