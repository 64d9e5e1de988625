"""Arrays as they are sent, both ways."""

from __future__ import annotations

from typing import Any, Dict

import numpy as np

Message = Dict[str, Any]
"""What is sent, or a part of it: plain values, and arrays as `packed` has them."""


def packed(values: Any) -> Message:
    """Return an array as it is sent."""
    if values.dtype.kind in "OSU":
        return {"dtype": "string", "shape": list(values.shape), "data": [bytes(text) for text in values.ravel()]}
    return {"dtype": values.dtype.name, "shape": list(values.shape), "data": np.ascontiguousarray(values).tobytes()}


def unpacked(value: Any) -> Any:
    """Return an array that was sent."""
    if value["dtype"] == "string":
        return np.array(value["data"], object).reshape(value["shape"])
    return np.frombuffer(value["data"], value["dtype"]).reshape(value["shape"])
