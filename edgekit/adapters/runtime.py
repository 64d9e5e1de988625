"""The port of runtimes: what each file in ``runtimes`` offers."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from edgekit.adapters.session import Session, SessionOptions
from edgekit.models.artifact import Artifact


class Runtime(Protocol):
    """What each file in ``runtimes`` offers."""

    FORMATS: Sequence[str]
    """What it runs: ``tflite``, ``onnx``, ``saved_model``; where several runtimes run a format, RANK decides."""
    RANK: int
    """The lowest of the installed ones is taken where the user names none."""
    EXTRA: str
    """The extra of edgekit that installs it."""

    PACKAGE: str
    """The package whose version is the runtime's."""

    def open_model(self, artifact: Artifact, options: SessionOptions) -> AbstractContextManager[Session]:
        """Load a model.

        Raises:
            SessionError: The runtime cannot load it.
            ReachError: The device is gone.
        """
        ...
