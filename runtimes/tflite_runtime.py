"""The tflite-runtime package: the small interpreter of many Raspberry Pi and Coral images; it needs numpy < 2."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from importlib import metadata

from edgekit.adapters import Session
from edgekit.artifacts import Artifact
from edgekit.errors import SessionError
from edgekit.frameworks import require, silenced_stderr
from edgekit.tflite_session import TFLiteSession

FORMATS = ("tflite",)
RANK = 1
EXTRA = "tflite"


def version() -> str | None:
    """Return the installed version, or None."""
    try:
        return metadata.version("tflite-runtime")
    except metadata.PackageNotFoundError:
        return None


@contextlib.contextmanager
def open_model(artifact: Artifact, *, threads: int, delegate: str | None, raw: bool) -> Iterator[Session]:
    """Load a TFLite file; XNNPACK's CPU kernels are on, as by default on every platform."""
    if delegate not in (None, "xnnpack"):
        raise SessionError(f"delegate {delegate!r} is not supported by this version of edgekit; xnnpack is")
    module = require("tflite_runtime.interpreter", asked="the runtime tflite_runtime", extra=EXTRA)
    try:
        with silenced_stderr():
            interpreter = module.Interpreter(model_path=str(artifact.file), num_threads=threads)
            interpreter.allocate_tensors()
    except (RuntimeError, ValueError) as error:
        raise SessionError(f"tflite_runtime cannot load {artifact.file}: {str(error).splitlines()[0]}") from error
    yield TFLiteSession(interpreter, artifact, runtime="tflite_runtime", raw=raw)
