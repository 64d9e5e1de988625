"""As it was trained, in a frozen graph of TensorFlow."""

from __future__ import annotations

from edgekit.quantization.precision import Precision

PRECISION = Precision(name="frozen", rank=30, summary="as it was trained", formats=("graphdef",))
