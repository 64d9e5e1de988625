"""What a conversion imports, at once: the fork server of `edgekit.system.processes` loads it before it forks."""

from __future__ import annotations

import contextlib
import importlib

from edgekit.errors import MissingExtraError
from edgekit.system.optional import tensorflow

with contextlib.suppress(MissingExtraError):  # the task itself will say what is missing
    tensorflow()
    for _name in ("tensorflow_hub", "tf2onnx", "ai_edge_quantizer.quantizer", "onnxruntime.quantization"):
        with contextlib.suppress(ImportError):
            importlib.import_module(_name)
