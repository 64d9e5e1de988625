"""Variants: what to make of a model, spelled ``FORMAT-PRECISION[-SPARSITY][-qat]``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from edgekit.errors import VariantError, nearest

PRECISIONS = {
    "tflite": ("fp32", "fp16", "dynamic", "dynamic4", "dynamic4b32", "w8", "w4", "int8", "int8full", "int16x8"),
    "onnx": ("fp32", "fp16", "dynamic", "w8", "w4", "int8"),
}
"""The precisions of each format.

``fp16``: weights as float16. ``w8``, ``w4``: weights as int8 or int4, arithmetic in float. ``dynamic``: weights as
int8, activations quantized while it runs; ``dynamic4``: the same with weights as int4, ``dynamic4b32``: with those of
dense layers as int4 in blocks of 32, the others as int8. ``int8``: weights and activations, float inputs and outputs.
``int8full``: the same with integer inputs and outputs and a fixed batch of one, for Coral. ``int16x8``: int16
activations, int8 weights.
"""

CALIBRATED = ("int8", "int8full", "int16x8")
"""The precisions whose activation ranges are measured on calibration samples."""
FLOAT = ("fp32", "fp16")
"""The precisions that quantize nothing."""
FOUR_BITS = ("dynamic4", "dynamic4b32", "w4")
"""The precisions with weights of 4 bits."""
TRAINED = ("int8", "int8full")
"""The precisions that quantization-aware training prepares a model for."""
MAX_CLUSTERS = 256


@dataclass(frozen=True, kw_only=True)
class Sparsity:
    """Which weights of a layer are zero: a share of them all, or ``zeros`` of each ``of`` in a row.

    Attributes:
        percent: Share of zeros in percent, from 0 to 99; None for a pattern.
        block: Number of neighbouring weights that are zero together.
        zeros: Of each group of ``of`` weights, how many are zero; both None for a share.
        of: Size of the group.
    """

    percent: int | None = None
    block: int = 1
    zeros: int | None = None
    of: int | None = None

    def __str__(self) -> str:
        """Return the spelling in a variant: ``s50``, ``s50b4``, ``s2of4``."""
        if self.percent is None:
            return f"s{self.zeros}of{self.of}"
        return f"s{self.percent}" + (f"b{self.block}" if self.block > 1 else "")

    @property
    def share(self) -> float:
        """The share of zeros in a layer that is pruned, in [0, 1)."""
        if self.percent is not None:
            return self.percent / 100
        assert self.zeros is not None, "a sparsity is a share or a pattern"
        assert self.of is not None, "a sparsity is a share or a pattern"
        return self.zeros / self.of


@dataclass(frozen=True, kw_only=True)
class Compression:
    """What is done to the weights of a model before it is converted.

    Attributes:
        sparsity: Which of them become zero.
        clusters: Number of different values that a layer's weights may have.
        qat: Whether the model is trained with the quantization of its weights and activations simulated.
    """

    sparsity: Sparsity | None = None
    clusters: int | None = None
    qat: bool = False

    def __str__(self) -> str:
        """Return the end of a variant's spelling, such as ``s50-qat``; of none, nothing."""
        weights = [str(self.sparsity)] if self.sparsity else [f"c{self.clusters}"] if self.clusters else []
        return "-".join([*weights, *(["qat"] if self.qat else [])])

    def __bool__(self) -> bool:
        """Whether anything is done."""
        return bool(str(self))


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One way to ship a model.

    Attributes:
        format: ``tflite`` or ``onnx``.
        precision: One of ``PRECISIONS[format]``.
        compression: What is done to the weights before.
    """

    format: str
    precision: str
    compression: Compression = Compression()

    def __str__(self) -> str:
        """Return the spelling that `parse_variant` reads back."""
        return "-".join(part for part in (self.format, self.precision, str(self.compression)) if part)

    @property
    def calibrated(self) -> bool:
        """Whether it needs calibration samples."""
        return self.precision in CALIBRATED

    @property
    def rounded(self) -> bool:
        """Whether samples tell how to round its weights: integers that were neither trained as such nor shared."""
        return self.precision not in FLOAT and not self.compression.qat and self.compression.clusters is None

    @property
    def file_name(self) -> str:
        """The name of the model file in its artifact's folder."""
        return f"model.{self.format}"


ALL_VARIANTS = tuple(
    Variant(format=format_, precision=precision)
    for format_, precisions in PRECISIONS.items()
    for precision in precisions
)
"""Every precision of every format, without compression."""


def parse_variant(text: str) -> Variant:
    """Read a variant's spelling.

    Raises:
        VariantError: There is no such variant; the nearest is named.
    """
    known = {str(variant): variant for variant in ALL_VARIANTS}
    found = re.fullmatch(r"(\w+-\w+?)(?:-([sc]-?\d[\w.]*))?(-qat)?", text)
    if found is None or found[1] not in known:
        hint = nearest(text if found is None else found[1], list(known)) or f"; there are: {', '.join(known)}"
        raise VariantError(f"no variant {text!r}{hint}")
    plain = known[found[1]]
    sparsity, clusters = _weights(text, found[2]) if found[2] else (None, None)
    if found[3] and plain.precision not in TRAINED:
        raise VariantError(f"variant {text!r}: -qat trains for int8; it goes with {', '.join(TRAINED)}")
    made = Compression(sparsity=sparsity, clusters=clusters, qat=found[3] is not None)
    return Variant(format=plain.format, precision=plain.precision, compression=made)


def _weights(text: str, part: str) -> tuple[Sparsity | None, int | None]:
    """Read what a variant says of its weights: ``s50``, ``s50b4``, ``s2of4`` or ``c32``."""
    if found := re.fullmatch(r"s(\d+)(?:b(\d+))?", part):
        percent, block = int(found[1]), int(found[2] or 1)
        if percent > 99:
            raise VariantError(f"variant {text!r}: sparsity {percent}% is outside [0, 100): say s50 for half of them")
        if not 1 <= block <= 64:
            raise VariantError(f"variant {text!r}: blocks have 1 to 64 weights, not {block}")
        return Sparsity(percent=percent, block=block), None
    if found := re.fullmatch(r"s(\d+)of(\d+)", part):
        zeros, of = int(found[1]), int(found[2])
        if not 0 < zeros < of <= 64:
            raise VariantError(f"variant {text!r}: of {of} weights {zeros} cannot be zero: say s2of4 for two of four")
        return Sparsity(zeros=zeros, of=of), None
    if found := re.fullmatch(r"c(\d+)", part):
        clusters = int(found[1])
        if not 2 <= clusters <= MAX_CLUSTERS:
            raise VariantError(f"variant {text!r}: a layer has 2 to {MAX_CLUSTERS} clusters, not {clusters}")
        return None, clusters
    raise VariantError(f"variant {text!r}: {part!r} is no sparsity: say s50, s50b4 (blocks of 4), s2of4 or c32")
