"""LiteRT's Interpreter (package ai-edge-litert), the maintained successor of TensorFlow Lite's."""

from __future__ import annotations

from contextlib import AbstractContextManager

from edgekit.adapters.device import PROCESS, PYTHON
from edgekit.adapters.session import Session, SessionOptions
from edgekit.inference.tflite_session import open_interpreter
from edgekit.models.artifact import Artifact

FORMATS = ("tflite",)
RANK = 0
PACKAGE = "ai-edge-litert"
EXTRA = "litert"
ENVIRONMENTS = (PROCESS, PYTHON)
NOTE = ""


def open_model(artifact: Artifact, options: SessionOptions) -> AbstractContextManager[Session]:
    """Load a TFLite file; XNNPACK's CPU kernels are on, as by default on every platform."""
    return open_interpreter(
        "ai_edge_litert.interpreter",
        artifact,
        runtime="litert",
        extra=EXTRA,
        options=options,
    )
