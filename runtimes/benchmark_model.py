"""Google's ``benchmark_model`` on a phone: what runs a TFLite file there with no app."""

from __future__ import annotations

from contextlib import AbstractContextManager

from edgekit.adapters.session import Session, SessionOptions
from edgekit.errors import SessionError
from edgekit.inference.tflite_session import open_interpreter
from edgekit.models.artifact import Artifact

FORMATS = ("tflite",)
RANK = 2
PACKAGE = "benchmark_model"
EXTRA = "litert"


def open_model(artifact: Artifact, options: SessionOptions) -> AbstractContextManager[Session]:
    """Send a TFLite file to a phone, and see that it runs there."""
    if options.device is None or options.device.address.kind != "adb":
        raise SessionError("benchmark_model runs on phones only: --device adb:SERIAL")
    return open_interpreter(
        "ai_edge_litert.interpreter",
        artifact,
        runtime="benchmark_model",
        extra=EXTRA,
        options=options,
    )
