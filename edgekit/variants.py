"""Variants: what to make of a model, spelled ``FORMAT-PRECISION[-SPARSITY][-qat]``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from edgekit.errors import VariantError, nearest

PRECISIONS = {
    "tflite": ("fp32", "fp16", "dynamic", "int8", "int8full", "int16x8"),
    "onnx": ("fp32", "fp16", "dynamic", "int8"),
}
"""The precisions of each format.

``fp16``: weights as float16. ``dynamic``: weights as int8, activations quantized while it runs. ``int8``: weights and
activations, float inputs and outputs. ``int8full``: the same with integer inputs and outputs and a fixed batch of
one, for Coral. ``int16x8``: int16 activations, int8 weights.
"""

CALIBRATED = ("int8", "int8full", "int16x8")
"""The precisions whose activation ranges are measured on calibration samples."""


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One way to ship a model.

    Attributes:
        format: ``tflite`` or ``onnx``.
        precision: One of ``PRECISIONS[format]``.
    """

    format: str
    precision: str

    def __str__(self) -> str:
        """Return the spelling that `parse_variant` reads back."""
        return f"{self.format}-{self.precision}"

    @property
    def calibrated(self) -> bool:
        """Whether it needs calibration samples."""
        return self.precision in CALIBRATED

    @property
    def file_name(self) -> str:
        """The name of the model file in its artifact's folder."""
        return f"model.{self.format}"


ALL_VARIANTS = tuple(
    Variant(format=format_, precision=precision)
    for format_, precisions in PRECISIONS.items()
    for precision in precisions
)


def parse_variant(text: str) -> Variant:
    """Read a variant's spelling.

    Raises:
        VariantError: There is no such variant; the nearest is named.
    """
    for variant in ALL_VARIANTS:
        if str(variant) == text:
            return variant
    if re.search(r"-(qat|s\d+|s\dof\d|c\d+)\b", text):
        raise VariantError(f"variant {text!r}: sparsity, clustering and -qat are not built by this version of edgekit")
    known = [str(variant) for variant in ALL_VARIANTS]
    hint = nearest(text, known) or f"; there are: {', '.join(known)}"
    raise VariantError(f"no variant {text!r}{hint}")
