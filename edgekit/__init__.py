"""edgekit ships fine-tuned TensorFlow Hub modules to TFLite and ONNX, and proves that they still answer alike.

The names below are the public interface; each is imported when it is first used, so that ``import edgekit`` is light.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOMES = {
    "Artifact": "edgekit.artifacts",
    "Contract": "edgekit.contract",
    "EdgekitError": "edgekit.errors",
    "ParityReport": "edgekit.judgement",
    "Recipe": "edgekit.recipe",
    "TunedModel": "edgekit.tuned_model",
    "Variant": "edgekit.variants",
    "bench": "edgekit.latency",
    "make_bundle": "edgekit.bundle.making",
    "predict": "edgekit.predicting",
    "verify_bundle": "edgekit.bundle.verifying",
    "convert": "edgekit.conversion",
    "load_artifact": "edgekit.artifacts",
    "load_model": "edgekit.models",
    "load_recipe": "edgekit.recipe_file",
    "load_samples": "edgekit.data",
    "open_session": "edgekit.sessions",
    "parity": "edgekit.checks",
    "parse_variant": "edgekit.variants",
    "run": "edgekit.pipeline",
    "tune": "edgekit.tuning",
}

__all__ = [
    "Artifact", "Contract", "EdgekitError", "ParityReport", "Recipe", "TunedModel", "Variant",
    "bench", "convert", "load_artifact", "load_model", "load_recipe", "load_samples", "make_bundle", "open_session",
    "parity", "parse_variant", "predict", "run", "tune", "verify_bundle",
]  # fmt: skip

if TYPE_CHECKING:
    from edgekit.artifacts import Artifact, load_artifact
    from edgekit.bundle.making import make_bundle
    from edgekit.bundle.verifying import verify_bundle
    from edgekit.checks import parity
    from edgekit.contract import Contract
    from edgekit.conversion import convert
    from edgekit.data import load_samples
    from edgekit.errors import EdgekitError
    from edgekit.judgement import ParityReport
    from edgekit.latency import bench
    from edgekit.models import load_model
    from edgekit.pipeline import run
    from edgekit.predicting import predict
    from edgekit.recipe import Recipe
    from edgekit.recipe_file import load_recipe
    from edgekit.sessions import open_session
    from edgekit.tuned_model import TunedModel
    from edgekit.tuning import tune
    from edgekit.variants import Variant, parse_variant


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module 'edgekit' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
