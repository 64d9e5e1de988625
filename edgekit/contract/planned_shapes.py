"""Contracts whose sizes are fixed: the batch, and what the settings of a medium say."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from edgekit.contract.contract import Contract, InputSpec
from edgekit.contract.medium import medium_of
from edgekit.contract.shape import Shape, shown_shape
from edgekit.errors import ConversionError


def planned_shapes(contract: Contract, batch: int | None, variant: str) -> dict[str, tuple[int, ...]]:
    """Return the shape of each input of a file of fixed sizes.

    Args:
        contract: What goes into the file.
        batch: How many samples it takes at once; None: one, or as many as the model says.
        variant: The variant's spelling, for messages.

    Raises:
        ConversionError: A size is free that each sample may change, or the model has a batch of its own.
    """
    if not contract.batched and batch not in (None, 1):
        raise ConversionError(f"{variant}: a front end makes what goes into the file, one sample at a time: take -b1")
    shapes = {}
    for spec in contract.inputs:
        medium = medium_of(spec)
        shape = medium.planned_shape(spec)
        if None in shape[1:]:
            raise _of_free_size(f"{variant} needs fixed sizes, and {spec.name!r} is {shown_shape(shape)}", spec)
        own = shape[0] if shape else None
        if None not in (own, batch) and own != batch:
            raise ConversionError(
                f"{variant}: the batch of {spec.name!r} is {own} in the model itself", input=spec.name
            )
        shapes[spec.name] = tuple(batch or 1 if size is None else size for size in shape)
    return shapes


def _of_free_size(problem: str, spec: InputSpec) -> ConversionError:
    medium = medium_of(spec)
    if medium.sized:
        way_out = f"say the size of {medium.plural}, by size = [HEIGHT, WIDTH] in the recipe"
        return ConversionError(f"{problem}: {way_out}", input=spec.name, setting="size")
    way_out = "its length depends on the sample; take a model whose input has a fixed length, or tflite-int8"
    return ConversionError(f"{problem}: {way_out}", input=spec.name)


def has_unknown_size(spec: InputSpec) -> bool:
    """Whether an input takes raw samples of any size, such as photos, and its contract does not say of which."""
    return medium_of(spec).sized and None in medium_of(spec).planned_shape(spec)[1:]


def with_fixed_sizes(contract: Contract, inputs: Mapping[str, Shape], outputs: Mapping[str, Shape]) -> Contract:
    """Return a contract whose inputs and outputs have these shapes, by name."""
    return replace(
        contract,
        inputs=tuple(replace(spec, shape=tuple(inputs[spec.name])) for spec in contract.inputs),
        outputs=tuple(replace(spec, shape=tuple(outputs.get(spec.name, spec.shape))) for spec in contract.outputs),
    )
