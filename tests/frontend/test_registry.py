"""Ops are known by TensorFlow's names, and what a kernel does not honour is refused."""

from __future__ import annotations

import numpy as np
import pytest

from edgekit.errors import FrontEndError
from edgekit.frontend.program import kernel_of
from edgekit.frontend.registry import DTYPES, OPS, numpy_dtype, refuse_unless
from edgekit.system.optional import tensorflow


def test_every_op_is_one_of_tensorflow_or_edgekits_own() -> None:
    assert kernel_of is not None, "importing the program fills the registry"
    tensorflow()
    from tensorflow.python.framework import op_def_registry

    unknown = {name for name in OPS if op_def_registry.get(name) is None}
    assert unknown == {"EmbeddingBagIds", "WordPieces"}


@pytest.mark.parametrize("name", DTYPES)
def test_a_dtype_is_tensorflows(name: str) -> None:
    assert numpy_dtype(name) == np.dtype(tensorflow().as_dtype(name).as_numpy_dtype)


def test_strings_are_objects_and_other_dtypes_are_refused() -> None:
    assert numpy_dtype("string") == np.dtype(object)
    with pytest.raises(FrontEndError, match="dtype 'bfloat16' does not exist in NumPy"):
        numpy_dtype("bfloat16")


def test_an_attribute_with_another_value_is_refused() -> None:
    refuse_unless({"axis": -1}, "axis", -1)
    refuse_unless({}, "axis", -1)
    with pytest.raises(FrontEndError, match="axis = 0 is not supported"):
        refuse_unless({"axis": 0}, "axis", -1)
