"""Arrays as they are sent, both ways."""

from __future__ import annotations

from typing import Any

import numpy as np


def packed(values: Any) -> dict[str, Any]:
    """Return an array as it is sent."""
    if values.dtype.kind in "OSU":
        return {"dtype": "string", "shape": list(values.shape), "data": [bytes(text) for text in values.ravel()]}
    return {"dtype": values.dtype.name, "shape": list(values.shape), "data": np.ascontiguousarray(values).tobytes()}


def unpacked(value: Any) -> Any:
    """Return an array that was sent."""
    if value["dtype"] == "string":
        return np.array(value["data"], object).reshape(value["shape"])
    return np.frombuffer(value["data"], value["dtype"]).reshape(value["shape"])
