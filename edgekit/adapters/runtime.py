"""The port of runtimes: what each file in ``runtimes`` offers."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from edgekit.adapters.session import Session, SessionOptions
from edgekit.models.artifact import Artifact
from edgekit.system import registry

KIND = "runtimes"


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
    ENVIRONMENTS: Sequence[str]
    """Where it runs, as `edgekit.adapters.device` names environments."""
    NOTE: str
    """What those who install it should know; empty if nothing."""

    def open_model(self, artifact: Artifact, options: SessionOptions) -> AbstractContextManager[Session]:
        """Load a model.

        Raises:
            SessionError: The runtime cannot load it.
            ReachError: The device is gone.
        """
        ...


def load_runtime(name: str) -> Runtime:
    """Return a runtime.

    Raises:
        EdgekitError: There is none of that name; the nearest is named.
    """
    adapter: Runtime = registry.load(KIND, name)
    return adapter


def runtimes(environment: str | None = None) -> dict[str, Runtime]:
    """Return the runtimes of an environment by name, or all of them; the preferred ones first."""
    adapters = {name: load_runtime(name) for name in registry.names(KIND)}
    ordered = sorted(adapters.items(), key=lambda entry: (entry[1].RANK, entry[0]))
    return {name: adapter for name, adapter in ordered if environment in (None, *adapter.ENVIRONMENTS)}
