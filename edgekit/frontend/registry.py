"""The ops that a front end may use, by the name that TensorFlow gives them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from edgekit.errors import FrontEndError

Kernel = Callable[..., Any]
"""Arrays in, an array or a tuple of arrays out."""

Attributes = Mapping[str, Any]
"""The attributes of an op, by the names that TensorFlow gives them."""

Factory = Callable[[Attributes], Kernel]
"""Makes an op's kernel from its attributes; raises FrontEndError for attributes that it cannot honour."""

DTYPES = (
    "bool",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "float16",
    "float32",
    "float64",
    "complex64",
    "complex128",
)
"""TensorFlow's dtypes that NumPy has by itself, under the same names."""

OPS: dict[str, Factory] = {}


def op(*names: str) -> Callable[[Factory], Factory]:
    """Register a factory under TensorFlow's names of the op."""

    def register(factory: Factory) -> Factory:
        for name in names:
            OPS[name] = factory
        return factory

    return register


def plain(kernel: Kernel, *names: str) -> None:
    """Register a kernel that needs no attributes."""
    for name in names:
        OPS[name] = lambda _attrs: kernel


def numpy_dtype(name: str) -> np.dtype[Any]:
    """Return NumPy's dtype of a TensorFlow dtype's name; strings are bytes in object arrays.

    Raises:
        FrontEndError: NumPy has none.
    """
    if name == "string":
        return np.dtype(object)
    if name not in DTYPES:
        raise FrontEndError(f"dtype {name!r} does not exist in NumPy")
    return np.dtype(name)


def refuse_unless(attrs: Attributes, name: str, value: Any) -> None:
    """Refuse an attribute with a value other than the one that a kernel honours.

    Raises:
        FrontEndError: It has another.
    """
    if attrs.get(name, value) != value:
        raise FrontEndError(f"attribute {name} = {attrs[name]!r} is not supported ({value!r} is)")
