"""Signatures: what a SavedModel's own functions take and give."""

from __future__ import annotations

from dataclasses import dataclass

from edgekit.contract.shape import Shape
from edgekit.system.files import JsonObject


@dataclass(frozen=True, kw_only=True)
class TensorSpec:
    """Name, dtype and shape of a tensor in a signature; the shape is None where even the rank is free."""

    name: str
    dtype: str
    shape: Shape | None


@dataclass(frozen=True, kw_only=True)
class Signature:
    """A way to call a model: its inputs and outputs, by name."""

    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]

    def to_json(self) -> JsonObject:
        """Return the signature as JSON values."""
        return {
            "inputs": {s.name: {"dtype": s.dtype, "shape": s.shape and list(s.shape)} for s in self.inputs},
            "outputs": {s.name: {"dtype": s.dtype, "shape": s.shape and list(s.shape)} for s in self.outputs},
        }
