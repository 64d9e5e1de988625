"""The tflite-runtime package: the small interpreter of many Raspberry Pi and Coral images; it needs numpy < 2."""

from __future__ import annotations

from contextlib import AbstractContextManager

from edgekit.adapters.device import PROCESS, PYTHON
from edgekit.adapters.session import Session, SessionOptions
from edgekit.errors import SessionError
from edgekit.inference.tflite_session import open_interpreter
from edgekit.models.artifact import Artifact

FORMATS = ("tflite",)
RANK = 1
PACKAGE = "tflite-runtime"
EXTRA = "tflite"
ENVIRONMENTS = (PROCESS, PYTHON)
NOTE = "in an environment of its own: it needs numpy < 2"


def open_model(artifact: Artifact, options: SessionOptions) -> AbstractContextManager[Session]:
    """Load a TFLite file; XNNPACK's CPU kernels are on, as by default on every platform.

    Weights of 4 bits are refused: version 2.14, the last one, answers noise or ends the process.
    """
    if artifact.variant is not None and artifact.variant.scheme.four_bits:
        raise SessionError(
            f"tflite_runtime cannot run {artifact.variant}: weights of 4 bits need LiteRT (ai-edge-litert)"
        )
    return open_interpreter(
        "tflite_runtime.interpreter",
        artifact,
        runtime="tflite_runtime",
        extra=EXTRA,
        options=options,
    )
