"""Limits that the tables of delegates name: what an operator has to meet, why it is not taken, and what would help."""

from __future__ import annotations

from collections.abc import Callable

from edgekit.formats.tflite.operators import Operator, Tensor

LARGEST_SOFTMAX = 16_000
LARGEST_SCALE = 8
"""Resizing by more than this is not mapped; between a factor of 2, which is, and 33, which is not, nothing is known."""

Limit = tuple[Callable[[Operator], bool], str, str]
"""What an operator has to meet, the reason if it does not, and what would help."""


def _batch(axis: int, rank: int) -> bool:
    return axis % max(rank, 1) == 0 and rank > 1


def _scale(operator: Operator) -> float:
    pairs = zip(operator.inputs[0].shape[1:3], operator.outputs[0].shape[1:3], strict=False)
    factors = [(after or 1) / (before or 1) for before, after in pairs]
    return max([*factors, *(1 / factor for factor in factors)], default=1.0)


def _integer(tensor: Tensor) -> bool:
    return tensor.dtype in ("INT32", "INT64")


LIMITS: dict[str, Limit] = {
    "no activation": (
        lambda op: not op.activation,
        "an activation is fused into it",
        "put the activation into an operator of its own",
    ),
    "no activation on integers": (
        lambda op: not (op.activation and _integer(op.inputs[0])),
        "an activation is fused into it",
        "put the activation into an operator of its own",
    ),
    "not over the batch": (
        lambda op: not _batch(int(op.options.get("axis", 1)), len(op.outputs[0].shape)),
        "it works along the batch",
        "work along another axis",
    ),
    "constant weights": (
        lambda op: all(tensor.constant for tensor in op.inputs[1:3]),
        "a filter, bias or other parameter changes",
        "make its parameters constants of the model",
    ),
    "constant size and weights": (
        lambda op: all(tensor.constant for tensor in op.inputs[:2]),
        "the size of its output or its filter changes",
        "fix the batch, as tflite-int8full and variants that end in -b1 do",
    ),
    "constant second": (
        lambda op: len(op.inputs) > 1 and op.inputs[1].constant,
        "its second input changes",
        "make it a constant",
    ),
    "with a bias": (lambda op: len(op.inputs) == 3, "it has no bias", "give it one, which may be zero"),
    "no integers out": (lambda op: op.outputs[0].dtype != "INT16", "its output is int16", "take tflite-int8"),
    "one dilation": (
        lambda op: op.options.get("dilationHFactor", 1) == op.options.get("dilationWFactor", 1),
        "its dilations differ",
        "use the same dilation along both axes",
    ),
    "a vector out": (
        lambda op: sum((size or 2) > 1 for size in op.outputs[0].shape) <= 1,
        "its output is no vector",
        "flatten what goes into it",
    ),
    "over height and width": (
        lambda op: len(op.inputs[0].shape) == 4 and (op.outputs[0].shape or (1,))[-1] == op.inputs[0].shape[-1],
        "it reduces other axes than height and width",
        "reduce height and width only",
    ),
    "same steps": (
        lambda op: op.inputs[0].steps == op.outputs[0].steps,
        "its output has another scale than its input",
        "leave it in float, as an exception of the conversion, or take gpu",
    ),
    "at most four axes": (
        lambda op: all(len(tensor.shape) <= 4 for tensor in op.inputs),
        "an input has more than four axes",
        "reshape to four axes or fewer",
    ),
    "small resize": (
        lambda op: _scale(op) <= LARGEST_SCALE,
        f"it resizes by more than {LARGEST_SCALE}, which would lose precision",
        "resize in steps, or after the model",
    ),
    "at most 16,000": (
        lambda op: (op.inputs[0].shape[-1] or 0) <= LARGEST_SOFTMAX,
        "it has more than 16,000 elements",
        "take the softmax after the model",
    ),
    "strides of one": (
        lambda op: not op.options.get("ellipsisMask") and not op.options.get("newAxisMask"),
        "it adds axes or has an ellipsis",
        "slice with plain starts and sizes",
    ),
}
