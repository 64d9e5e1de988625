from __future__ import annotations

import numpy as np
import pytest

from edgekit.errors import FrontEndError
from edgekit.frontend import Program


def test_a_failing_op_is_named(program: Program) -> None:
    constants = {**program.constants, "large:0": np.zeros([2, 3, 5], np.float32)}
    broken = Program(**{**program.__dict__, "constants": constants})
    with pytest.raises(FrontEndError, match=r"front end, AddV2 \(sum:0\)"):
        broken.run({"text": np.array(["a", "b", "c", "d"], object)})
