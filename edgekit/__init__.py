"""edgekit ships fine-tuned TensorFlow Hub modules to TFLite and ONNX, and proves that they still answer alike.

The names below are the public interface; each is imported when it is first used, so that ``import edgekit`` is light.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from edgekit._version import __version__ as __version__

_HOMES = {
    "Artifact": "edgekit.models.artifact",
    "Contract": "edgekit.contract.contract",
    "EdgekitError": "edgekit.errors",
    "ParityReport": "edgekit.documents.parity",
    "Recipe": "edgekit.recipe.recipe",
    "TunedModel": "edgekit.models.tuned_model",
    "Variant": "edgekit.recipe.variants",
    "bench": "edgekit.inference.latency",
    "make_bundle": "edgekit.bundle.build",
    "predict": "edgekit.inference.prediction",
    "verify_bundle": "edgekit.bundle.verify",
    "convert": "edgekit.conversion.conversion",
    "load_artifact": "edgekit.models.artifact",
    "load_model": "edgekit.original.finished",
    "load_recipe": "edgekit.recipe.reader",
    "load_samples": "edgekit.data.loading",
    "open_session": "edgekit.inference.sessions",
    "parity": "edgekit.evaluation.parity",
    "parse_variant": "edgekit.recipe.variants",
    "run": "edgekit.pipeline.pipeline",
    "ship": "edgekit.pipeline.ship",
    "tune": "edgekit.original.tuning",
}

__all__ = [
    "Artifact",
    "Contract",
    "EdgekitError",
    "ParityReport",
    "Recipe",
    "TunedModel",
    "Variant",
    "bench",
    "convert",
    "load_artifact",
    "load_model",
    "load_recipe",
    "load_samples",
    "make_bundle",
    "open_session",
    "parity",
    "parse_variant",
    "predict",
    "run",
    "ship",
    "tune",
    "verify_bundle",
]

if TYPE_CHECKING:
    from edgekit.bundle.build import make_bundle
    from edgekit.bundle.verify import verify_bundle
    from edgekit.contract.contract import Contract
    from edgekit.conversion.conversion import convert
    from edgekit.data.loading import load_samples
    from edgekit.documents.parity import ParityReport
    from edgekit.errors import EdgekitError
    from edgekit.evaluation.parity import parity
    from edgekit.inference.latency import bench
    from edgekit.inference.prediction import predict
    from edgekit.inference.sessions import open_session
    from edgekit.models.artifact import Artifact, load_artifact
    from edgekit.models.tuned_model import TunedModel
    from edgekit.original.finished import load_model
    from edgekit.original.tuning import tune
    from edgekit.pipeline.pipeline import run
    from edgekit.pipeline.ship import ship
    from edgekit.recipe.reader import load_recipe
    from edgekit.recipe.recipe import Recipe
    from edgekit.recipe.variants import Variant, parse_variant


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module 'edgekit' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
