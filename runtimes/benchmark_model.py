"""Google's ``benchmark_model`` on a phone: what runs a TFLite file there with no app."""

from __future__ import annotations

from contextlib import AbstractContextManager

from edgekit.adapters.device import PHONE
from edgekit.adapters.session import Session, SessionOptions
from edgekit.inference.tflite_session import open_tflite
from edgekit.models.artifact import Artifact

FORMATS = ("tflite",)
RANK = 2
PACKAGE = "benchmark_model"
EXTRA = "litert"
ENVIRONMENTS = (PHONE,)
NOTE = ""


def open_model(artifact: Artifact, options: SessionOptions) -> AbstractContextManager[Session]:
    """Send a TFLite file to a phone, and see that it runs there."""
    from edgekit.remote.adb import phone_of  # heavy
    from edgekit.remote.phone_interpreter import PhoneInterpreter  # heavy

    device = options.device
    assert device is not None, "its environment is that of phones"
    return open_tflite(
        lambda: PhoneInterpreter(phone_of(device), artifact.file, options),
        artifact,
        runtime="benchmark_model",
        options=options,
    )
