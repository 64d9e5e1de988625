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

    def to_json(self) -> JsonObject:
        """Return dtype and shape as JSON values."""
        return {"dtype": self.dtype, "shape": None if self.shape is None else list(self.shape)}


@dataclass(frozen=True, kw_only=True)
class Signature:
    """A way to call a model: its inputs and outputs, by name."""

    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]

    def to_json(self) -> JsonObject:
        """Return the signature as JSON values."""
        return {
            "inputs": {spec.name: spec.to_json() for spec in self.inputs},
            "outputs": {spec.name: spec.to_json() for spec in self.outputs},
        }
