"""A contract in words, as somebody would follow it who feeds a model by hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from edgekit.contract.contract import Contract, InputSpec, OutputSpec


class Part(NamedTuple):
    """One input or output.

    Attributes:
        verb: ``takes`` or ``gives``.
        name: Of the input or output.
        steps: What becomes of what is taken, one after the other; or what is given.
    """

    verb: str
    name: str
    steps: tuple[str, ...]


def contract_parts(contract: Contract) -> list[Part]:
    """Return what a contract takes and gives."""
    return [
        *(Part("takes", spec.name, tuple(_steps(spec))) for spec in contract.inputs),
        *(Part("gives", spec.name, (_gives(spec),)) for spec in contract.outputs),
    ]


def _steps(spec: InputSpec) -> Iterator[str]:
    if spec.kind == "image":
        yield "a photo, turned upright, in 8 bits of RGB"
        if spec.crop is not None:
            yield f"the middle {spec.crop:g} of it in the input's aspect ratio"
        size = spec.size or spec.shape[1:3]
        how = f"{spec.resize}{', antialiased' if spec.antialias else ''}"
        yield f"resized to {size[1]} x {size[0]} pixels ({how}{'' if spec.crop else ', stretched'})"
        if spec.channels == "BGR":
            yield "its colours in the order blue, green, red"
        if spec.range is not None:
            yield f"0 to 255 mapped to {spec.range[0]:g} to {spec.range[1]:g}"
        if spec.mean is not None and spec.std is not None:
            yield f"less {list(spec.mean)}, divided by {list(spec.std)}"
    elif spec.kind == "audio":
        yield "a sound, its channels averaged"
        yield f"resampled to {spec.sample_rate} Hz ({spec.resample})"
        yield f"{spec.shape[1]} samples ({spec.fit})"
    elif spec.kind == "text":
        yield "a sentence in UTF-8"
    shape = " x ".join("any" if size is None else str(size) for size in spec.shape)
    quantized = f", quantized by {spec.quantization['scale']:g}" if spec.quantization else ""
    yield f"{spec.dtype} {shape}{quantized}"


def _gives(spec: OutputSpec) -> str:
    shape = " x ".join("any" if size is None else str(size) for size in spec.shape)
    labels = f" of {', '.join(spec.labels[:20])}{', ...' if len(spec.labels) > 20 else ''}" if spec.labels else ""
    return f"{spec.meaning}{labels}, {spec.dtype} {shape}"
