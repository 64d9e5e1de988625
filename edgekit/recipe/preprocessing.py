"""Preprocessing: what a contract says of how raw samples are prepared, by default and as a recipe asks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from edgekit.contract.contract import InputSpec, Shape
from edgekit.errors import ModuleError

if TYPE_CHECKING:
    from edgekit.recipe.recipe import InputRecipe

PREPROCESSING = (
    "range", "size", "crop", "resize", "antialias", "channels", "mean", "std", "sample_rate",
)  # fmt: skip
"""What a recipe says of how raw samples are prepared, by the contract's names."""


def with_length(shape: Shape, given: InputRecipe) -> Shape:
    """Fix the free length of a sound at what the recipe says."""
    if given.seconds is None:
        return shape
    if given.sample_rate is None or len(shape) < 2:
        raise ModuleError(f"[inputs.{given.name}] seconds needs sample_rate, and an input [n, samples]")
    length = round(given.seconds * given.sample_rate)
    if shape[1] not in (None, length):
        raise ModuleError(
            f"[inputs.{given.name}] seconds = {given.seconds} at {given.sample_rate} Hz are {length} samples, but the "
            f"model takes {shape[1]}"
        )
    return (shape[0], length, *shape[2:])


def with_preprocessing(spec: InputSpec, given: InputRecipe) -> InputSpec:
    """Add what a recipe says of how raw samples of an input are prepared."""
    said = {name: getattr(given, name) for name in PREPROCESSING if getattr(given, name) is not None}
    channels = spec.shape[-1] if spec.kind == "image" else None
    if given.mean is not None and len(given.mean) != channels:
        raise ModuleError(f"[inputs.{given.name}] mean has {len(given.mean)} numbers, the model {channels} channels")
    if "channels" in said and channels != 3:
        raise ModuleError(f"[inputs.{given.name}] channels is for images of three colours")
    return replace(spec, **said)
