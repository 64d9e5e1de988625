"""The tflite-runtime package: the small interpreter of many Raspberry Pi and Coral images; it needs numpy < 2."""

from __future__ import annotations

from contextlib import AbstractContextManager

from edgekit.adapters import Session
from edgekit.artifacts import Artifact
from edgekit.frameworks import installed_version
from edgekit.tflite_session import open_interpreter

FORMATS = ("tflite",)
RANK = 1
EXTRA = "tflite"


def version() -> str | None:
    """Return the installed version, or None."""
    return installed_version("tflite-runtime")


def open_model(artifact: Artifact, *, threads: int, delegate: str | None, raw: bool) -> AbstractContextManager[Session]:
    """Load a TFLite file; XNNPACK's CPU kernels are on, as by default on every platform."""
    return open_interpreter(
        "tflite_runtime.interpreter",
        artifact,
        runtime="tflite_runtime",
        extra=EXTRA,
        threads=threads,
        delegate=delegate,
        raw=raw,
    )
