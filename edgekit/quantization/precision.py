"""Precisions: the numbers that a variant's weights and activations are, each said in a file of ``precisions``."""

from __future__ import annotations

import functools

from msgspec import Struct

from edgekit.system import registry

FOLDER = "quantization.precisions"
FLOAT_BITS = 32


class TFLiteScheme(Struct, frozen=True, kw_only=True):
    """What TFLite's quantizer has to be told beyond bits.

    Attributes:
        recipe: The one of ai-edge-quantizer's own recipes to start from; None: bits say it all.
        one_scale: Ops whose weights get one scale and not one per channel.
        float_ops: Ops that stay float.
    """

    recipe: str | None = None
    one_scale: tuple[str, ...] = ()
    float_ops: tuple[str, ...] = ()


class Precision(Struct, frozen=True, kw_only=True):
    """What a variant computes with.

    Attributes:
        name: As variants spell it: its file's name.
        rank: Its place in lists.
        summary: What it is, in a line.
        formats: The formats that have it.
        weight_bits: Bits of a weight: 32 and 16 are floats, fewer are integers.
        activation_bits: Bits of an activation: 32 are floats, fewer are integers.
        calibrated: Whether the ranges of activations are measured before, on samples; else integers among them are
            made while the model runs.
        trained: Whether quantization-aware training prepares a model for it.
        integer_edges: Whether inputs and outputs are integers too, and the batch is fixed to one.
        edgetpu: Whether Google's compiler for the Edge TPU takes it.
        block: Number of a row's weights that share a scale, in dense layers; None: a whole channel does.
        tflite: What TFLite's quantizer has to be told beyond that.
    """

    name: str
    rank: int
    summary: str
    formats: tuple[str, ...]
    weight_bits: int = FLOAT_BITS
    activation_bits: int = FLOAT_BITS
    calibrated: bool = False
    trained: bool = False
    integer_edges: bool = False
    edgetpu: bool = False
    block: int | None = None
    tflite: TFLiteScheme = TFLiteScheme()

    @property
    def as_trained(self) -> bool:
        """Whether nothing changes: 32-bit floats throughout."""
        return self.weight_bits == self.activation_bits == FLOAT_BITS

    @property
    def integer_weights(self) -> bool:
        """Whether weights are integers, which have to be rounded to."""
        return self.weight_bits < 16

    @property
    def integer_activations(self) -> bool:
        """Whether activations are integers, so that it computes with integers."""
        return self.activation_bits < FLOAT_BITS

    @property
    def four_bits(self) -> bool:
        """Whether weights have so few bits that some operators may need 8, and old runtimes cannot read them."""
        return self.weight_bits == 4

    @property
    def levels(self) -> int:
        """Steps that an activation's range is divided into: 255 of 8 bits."""
        return (1 << self.activation_bits) - 1


@functools.cache
def precision(name: str) -> Precision:
    """Return a precision.

    Raises:
        EdgekitError: There is none of that name; the nearest is named.
    """
    entry: Precision = registry.load(FOLDER, name).PRECISION
    return entry


def has_precision(format_: str, name: str) -> bool:
    """Whether a format has a precision of that name; the others are not looked at."""
    return name in registry.names(FOLDER) and format_ in precision(name).formats


@functools.cache
def precisions() -> tuple[Precision, ...]:
    """Return all precisions, in the order of lists."""
    entries = [precision(name) for name in registry.names(FOLDER)]
    return tuple(sorted(entries, key=lambda entry: (entry.rank, entry.name)))


def precisions_of(format_: str) -> tuple[Precision, ...]:
    """Return the precisions that a format has, in the order of lists."""
    return tuple(entry for entry in precisions() if format_ in entry.formats)


@functools.cache
def formats() -> tuple[str, ...]:
    """Return the formats that there are precisions of, that with the most first."""
    names = dict.fromkeys(name for entry in precisions() for name in entry.formats)
    return tuple(sorted(names, key=lambda name: -len(precisions_of(name))))
