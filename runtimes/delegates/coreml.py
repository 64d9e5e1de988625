"""Core ML: what ONNX Runtime's provider hands over on phones of Apple, predicted by ONNX Runtime's own checker.

edgekit runs nothing there, so that it is only planned for.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgekit.adapters.delegate import Delegate, LoadSettings, ModelFile, Planned
from edgekit.errors import DelegateError

if TYPE_CHECKING:
    from edgekit.models.artifact import Artifact
    from edgekit.recipe.variants import Variant

FORM = "coreml"
TITLE = "Core ML"
RUNTIMES = ()
FORMATS = ("onnx",)
COMPILES = False
NOTE = ""
HELP = ""
PROGRAMS = ()
LIBRARIES = ()
OPERATORS = "coreml_supported_mlprogram_ops.md"
"""The checker's list of what an ML program, the newer kind of Core ML's models, has."""


def settings(delegate: Delegate) -> LoadSettings:
    """Refuse: it is only planned for."""
    raise _unreachable(delegate)


def flags(delegate: Delegate) -> list[str]:
    """Refuse: it is only planned for."""
    raise _unreachable(delegate)


def _unreachable(delegate: Delegate) -> DelegateError:
    return DelegateError(
        f"delegate {delegate}: Core ML is on Apple's phones, where edgekit runs nothing; it plans for it",
        delegate=str(delegate),
    )


def plan(model: ModelFile, *, out: Path | None = None) -> Planned:
    """Predict by ONNX Runtime's checker."""
    from edgekit.planning.onnx_providers import planned_by_checker  # heavy

    return planned_by_checker(model.path, "coreml", _partitions)


def _partitions(checker: Any, model: Any) -> Any:
    return checker.check_coreml_partitions(model, True, OPERATORS)


def compiler(variant: Variant) -> None:
    """Return none: nothing is compiled for it."""


def compile(artifact: Artifact, compiler: str) -> Artifact:  # noqa: A001 - the port's name
    """Return it as it is."""
    return artifact


def file_of(artifact: Artifact) -> Path:
    """Return the model file."""
    return artifact.file
