"""LiteRT's Interpreter (package ai-edge-litert), the maintained successor of TensorFlow Lite's."""

from __future__ import annotations

from contextlib import AbstractContextManager

from edgekit.adapters import Session
from edgekit.artifacts import Artifact
from edgekit.frameworks import installed_version
from edgekit.tflite_session import open_interpreter

FORMATS = ("tflite",)
RANK = 0
EXTRA = "litert"


def version() -> str | None:
    """Return the installed version, or None."""
    return installed_version("ai-edge-litert")


def open_model(artifact: Artifact, *, threads: int, delegate: str | None, raw: bool) -> AbstractContextManager[Session]:
    """Load a TFLite file; XNNPACK's CPU kernels are on, as by default on every platform."""
    return open_interpreter(
        "ai_edge_litert.interpreter",
        artifact,
        runtime="litert",
        extra=EXTRA,
        threads=threads,
        delegate=delegate,
        raw=raw,
    )
