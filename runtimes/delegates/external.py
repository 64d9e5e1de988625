"""Any library that offers TensorFlow Lite's interface of external delegates, ``external:PATH``, with its own options.

The interface: https://www.tensorflow.org/lite/performance/implementing_delegate#option_2_leverage_external_delegate
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from edgekit.adapters.delegate import Delegate, LoadSettings, ModelFile, Planned, library_flags, refusal

if TYPE_CHECKING:
    from edgekit.models.artifact import Artifact
    from edgekit.recipe.variants import Variant

FORM = "external:LIBRARY"
TITLE = "an external delegate"
RUNTIMES = ("litert", "tflite_runtime", "benchmark_model")
FORMATS = ()
COMPILES = False
NOTE = "a library on the device that runs it, with options by --delegate-option"
HELP = ""
PROGRAMS = ()
LIBRARIES = ()


def settings(delegate: Delegate) -> LoadSettings:
    """Return how the shim loads it."""
    return {"library": _library(delegate), "options": dict(delegate.options)}


def flags(delegate: Delegate) -> list[str]:
    """Return the flags of ``benchmark_model``."""
    return library_flags(_library(delegate), dict(delegate.options))


def _library(delegate: Delegate) -> str:
    if not delegate.argument:
        raise refusal(delegate, "name the library, as external:/usr/lib/libvendor_delegate.so")
    return delegate.argument


def plan(model: ModelFile, *, out: Path | None = None) -> Planned:
    """Do not plan: what a vendor's library takes shows when it runs."""
    raise NotImplementedError


def compiler(variant: Variant) -> None:
    """Return none: nothing is compiled for it."""


def compile(artifact: Artifact, compiler: str) -> Artifact:  # noqa: A001 - the port's name
    """Return it as it is."""
    return artifact


def file_of(artifact: Artifact) -> Path:
    """Return the model file."""
    return artifact.file
