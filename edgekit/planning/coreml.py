"""Core ML: what ONNX Runtime's provider hands over, on phones of Apple."""

from __future__ import annotations

from pathlib import Path

from edgekit.planning import onnx_providers as providers
from edgekit.planning.plan import Planned

FORMATS = ("onnx",)


def planned_onnx(file: Path) -> Planned:
    """Return what becomes of each node."""
    return providers.planned(file, "coreml")
