"""What a contract says of preprocessing where nobody said anything."""

from __future__ import annotations

from dataclasses import replace

from edgekit.contract.contract import PLAIN, RESIZES, InputSpec


def media_defaults(spec: InputSpec) -> InputSpec:
    """Spell out how photos are resized, and sounds resampled and fitted, where the input takes them."""
    if spec.kind == "audio":
        return replace(spec, resample="soxr HQ", fit="cut, or zeros at the end")
    if spec.kind != "image":
        return spec
    size = spec.size
    if size is None and spec.shape[1] is not None and spec.shape[2] is not None:
        size = (spec.shape[1], spec.shape[2])
    resize = spec.resize or RESIZES[0]
    antialias = resize not in PLAIN[1:] if spec.antialias is None else spec.antialias
    return replace(spec, size=size, resize=resize, antialias=antialias)
