"""Interpreters that are too old for a model, and would not say so."""

from __future__ import annotations

import sys
from typing import Any

PER_CHANNEL_DENSE = (2, 10)
"""The first TensorFlow Lite that knows one scale per channel in FULLY_CONNECTED between integers.

Older ones answer nearly the same to anything: tflite-runtime 2.7.0 and 2.9.1 gave a model of five flowers 15% of its
labels, 2.10.0 gave 95%, 2.13.0 all. The file's own version of the operator does not tell, so that none of them refuses.
"""


def version_of(module: str) -> str | None:
    """Return which TensorFlow Lite an imported module is of; None for LiteRT, which counts its own."""
    package = sys.modules[module.split(".")[0]]
    return None if package.__name__ == "ai_edge_litert" else getattr(package, "__version__", None)


def too_old(interpreter: Any, version: str | None) -> str | None:
    """Return why an interpreter would answer wrongly, or None.

    Args:
        interpreter: One with the model loaded.
        version: The version of TensorFlow Lite that it is of, as ``major.minor...``; None for LiteRT, which is newer.
    """
    if version is None or tuple(int(number) for number in version.split(".")[:2]) >= PER_CHANNEL_DENSE:
        return None
    tensors = {tensor["index"]: tensor for tensor in interpreter.get_tensor_details()}
    for operator in interpreter._get_ops_details():
        if operator["op_name"] == "FULLY_CONNECTED":
            data, weights = (tensors[index] for index in operator["inputs"][:2])
            if data["dtype"].__name__ != "float32" and len(weights["quantization_parameters"]["scales"]) > 1:
                return (
                    "TensorFlow Lite %s answers wrongly for FULLY_CONNECTED with a scale per channel, and does not say "
                    "so: take tflite-runtime 2.10 or newer, or ai-edge-litert" % version
                )
    return None
