"""What each file in ``quantization/precisions`` offers."""

from __future__ import annotations

from typing import Protocol

from edgekit.quantization.precision import Precision


class PrecisionFile(Protocol):
    """A file that is named as variants spell its precision, and says all that depends on it."""

    PRECISION: Precision
