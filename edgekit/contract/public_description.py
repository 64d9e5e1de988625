"""What the public metadata of TFLite files can say of an input, which other clients go by."""

from __future__ import annotations

from msgspec import Struct


class PublicDescription(Struct, frozen=True, kw_only=True):
    """What TFLite Metadata can say of an input.

    Attributes:
        content: ``image``, ``audio``, or None: features of no certain kind.
        grey: Of an image, whether it has no colours.
        mean: Of an image, what is taken off each channel of pixels 0..255; empty: it is not said.
        std: What it is divided by then.
        sample_rate: Of a sound, in Hz.
    """

    content: str | None = None
    grey: bool = False
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    sample_rate: int | None = None
