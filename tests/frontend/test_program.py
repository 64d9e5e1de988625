from __future__ import annotations

import numpy as np
import pytest

from edgekit.errors import FrontEndError
from edgekit.frontend import Node, Port, Program


def test_a_failing_op_is_named(program: Program) -> None:
    constants = {**program.constants, "large:0": np.zeros([2, 3, 5], np.float32)}
    broken = Program(**{**program.__dict__, "constants": constants})
    with pytest.raises(FrontEndError, match=r"front end, AddV2 \(sum:0\)"):
        broken.run({"text": np.array(["a", "b", "c", "d"], object)})


@pytest.mark.parametrize(("shape", "expected"), [((), ()), ((None,), (1,))])
def test_scalars_stay_scalars(shape: tuple[int | None, ...], expected: tuple[int, ...]) -> None:
    """A count of rows is no list of one; programs of older versions declare it as such, and get it."""
    program = Program(
        inputs=(Port(name="x", tensor="x:0", dtype="float32", shape=(None,)),),
        outputs=(Port(name="count", tensor="size:0", dtype="int32", shape=shape),),
        nodes=(Node(op="Size", inputs=("x:0",), outputs=("size:0",), attrs={"out_type": "int32"}),),
        constants={},
        tables={},
    )
    count = program.run({"x": np.zeros(7, np.float32)})["count"]
    assert (count.shape, count.dtype.name, int(count.item())) == (expected, "int32", 7)
