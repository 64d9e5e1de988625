"""NNAPI: Android's own interface to accelerators, deprecated since Android 15.

It is kept for phones that have nothing newer: https://developer.android.com/ndk/guides/neuralnetworks/migration-guide
What TensorFlow Lite's delegate hands over is predicted by ``nnapi.toml``, what ONNX Runtime's provider does, by its own
checker. Whether the phone's driver takes it then is another question, which only a run on the phone answers.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgekit.adapters.delegate import Delegate, LoadSettings, ModelFile, Planned, require_no_options
from edgekit.errors import DelegateError

if TYPE_CHECKING:
    from edgekit.models.artifact import Artifact
    from edgekit.recipe.variants import Variant

FORM = "nnapi"
TITLE = "NNAPI"
RUNTIMES = ("benchmark_model",)
FORMATS = ("tflite", "onnx")
COMPILES = False
NOTE = "deprecated since Android 15: take gpu, or the vendor's delegate by external"
HELP = ""
PROGRAMS = ()
LIBRARIES = ()


def settings(delegate: Delegate) -> LoadSettings:
    """Refuse: no interpreter of Python has it."""
    raise DelegateError(
        f"delegate {delegate}: NNAPI is on phones only, a device such as adb:SERIAL", delegate=str(delegate)
    )


def flags(delegate: Delegate) -> list[str]:
    """Return the flags of ``benchmark_model``; the argument names an accelerator of the phone."""
    require_no_options(delegate)
    accelerator = [] if delegate.argument is None else [f"--nnapi_accelerator_name={delegate.argument}"]
    return ["--use_nnapi=true", "--disable_nnapi_cpu=true", *accelerator]


def plan(model: ModelFile, *, out: Path | None = None) -> Planned:
    """Predict by the table, or, for ONNX files, by ONNX Runtime's checker."""
    if model.format == "onnx":
        from edgekit.planning.onnx_providers import planned_by_checker  # heavy

        return planned_by_checker(model.path, "nnapi", _partitions)
    from edgekit.planning.rules import planned_by_rules  # heavy

    return planned_by_rules("nnapi", model, "NNAPI is deprecated since Android 15")


def _partitions(checker: Any, model: Any) -> Any:
    return checker.check_nnapi_partitions(model, require_fixed_input_sizes=True)


def compiler(variant: Variant) -> None:
    """Return none: nothing is compiled for it."""


def compile(artifact: Artifact, compiler: str) -> Artifact:  # noqa: A001 - the port's name
    """Return it as it is."""
    return artifact


def file_of(artifact: Artifact) -> Path:
    """Return the model file."""
    return artifact.file
