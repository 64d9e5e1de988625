"""A contract in words, as somebody would follow it who feeds a model by hand."""

from __future__ import annotations

from typing import NamedTuple

from edgekit.contract.contract import Contract, InputSpec, OutputSpec
from edgekit.contract.medium import medium_of
from edgekit.contract.shape import Shape

MOST_LABELS = 20
"""Labels that are named; of more, that there are more."""


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
        *(Part("takes", spec.name, (*medium_of(spec).steps(spec), _tensor(spec))) for spec in contract.inputs),
        *(Part("gives", spec.name, (_answer(spec),)) for spec in contract.outputs),
    ]


def _tensor(spec: InputSpec) -> str:
    quantized = f", quantized by {spec.quantization['scale']:g}" if spec.quantization else ""
    return f"{spec.dtype} {_sizes(spec.shape)}{quantized}"


def _answer(spec: OutputSpec) -> str:
    labels = ""
    if spec.labels:
        more = ", ..." if len(spec.labels) > MOST_LABELS else ""
        labels = f" of {', '.join(spec.labels[:MOST_LABELS])}{more}"
    return f"{spec.meaning}{labels}, {spec.dtype} {_sizes(spec.shape)}"


def _sizes(shape: Shape) -> str:
    return " x ".join("any" if size is None else str(size) for size in shape)
