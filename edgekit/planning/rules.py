"""Rules that predict what a delegate takes: a table for each, as data, and the limits that the tables name."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

from edgekit.formats.tflite.operators import Operator, Tensor

LARGEST_SOFTMAX = 16_000
LARGEST_SCALE = 8
"""Resizing by more than this is not mapped; between a factor of 2, which is, and 33, which is not, nothing is known."""

Limit = tuple[Callable[[Operator], bool], str, str]
"""What an operator has to meet, the reason if it does not, and what would help."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What a delegate asks of a kind of operator.

    Attributes:
        version: The highest version that it knows; None: any.
        inputs: Types of the first input that is computed; empty: those of the table.
        limits: Names of further limits.
    """

    version: int | None = None
    inputs: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Rules:
    """A delegate's table.

    Attributes:
        version: Of the delegate that the table is of.
        source: Where it is from.
        dtypes: Types that tensors may have.
        dtype_fix: What would help where one has another.
        axes: How many of the last axes of a tensor may differ from one; None: all.
        fixed_sizes: Whether all sizes have to be fixed; else a batch of one is what runs.
        operators: By kind.
    """

    version: str
    source: str
    dtypes: tuple[str, ...]
    dtype_fix: str
    axes: int | None = None
    fixed_sizes: bool = False
    operators: Mapping[str, Rule] = field(default_factory=dict)

    def obstacle(self, operator: Operator) -> tuple[str, str | None] | None:
        """Return why an operator is not taken, and what would help; None: it is taken."""
        rule = self.operators.get(operator.kind)
        if rule is None:
            return f"{operator.kind} is not supported", "swap it for an operator that is, or leave it to the CPU"
        if rule.version is not None and operator.version > rule.version:
            reason = f"{operator.kind} is known up to version {rule.version}, this is version {operator.version}"
            return reason, "convert with an older converter, or take another precision"
        tensors = (*operator.inputs, *operator.outputs)
        wrong = next((tensor for tensor in tensors if tensor.dtype not in self.dtypes), None)
        computed = next((tensor for tensor in operator.inputs if not tensor.constant), None)
        if wrong is None and rule.inputs and computed is not None and computed.dtype not in rule.inputs:
            wrong = computed
        if wrong is not None:
            return f"{short(wrong)} is {wrong.dtype.lower()}", self.dtype_fix
        free = next((tensor for tensor in tensors if None in tensor.shape), None)
        if free is not None and self.fixed_sizes:
            return (
                f"{short(free)} has a size that is not fixed",
                "take tflite-int8full, whose batch is fixed",
            )
        for name in rule.limits:
            meets, reason, fix = LIMITS[name]
            if not meets(operator):
                return reason, fix
        return self._too_wide(tensors)

    def _too_wide(self, tensors: Sequence[Tensor]) -> tuple[str, str] | None:
        axes = self.axes
        if axes is None:
            return None
        wide = next((t for t in tensors if not t.constant and any((s or 1) > 1 for s in t.shape[:-axes])), None)
        if wide is None:
            return None
        return f"{short(wide)} has more than {self.axes} axes", f"keep all but the last {self.axes} axes at 1"


def read_rules(name: str) -> Rules:
    """Read the table of a delegate."""
    text = (resources.files("edgekit.planning") / f"{name}.toml").read_text(encoding="utf-8")
    table: dict[str, Any] = tomllib.loads(text)
    operators = {
        kind: Rule(
            version=entry.get("version"), inputs=tuple(entry.get("inputs", ())), limits=tuple(entry.get("limits", ()))
        )
        for kind, entry in table.pop("operators").items()
    }
    return Rules(operators=operators, **{**table, "dtypes": tuple(table["dtypes"])})


def short(tensor: Tensor) -> str:
    """Return a tensor's name without the scopes before it."""
    return repr(tensor.name.partition(";")[0].rpartition("/")[2])


def _batch(axis: int, rank: int) -> bool:
    return axis % max(rank, 1) == 0 and rank > 1


def _scale(operator: Operator) -> float:
    sizes = [
        (out or 1) / (given or 1)
        for given, out in zip(operator.inputs[0].shape[1:3], operator.outputs[0].shape[1:3], strict=False)
    ]
    return max([*sizes, *(1 / size for size in sizes)], default=1.0)


def _integer(tensor: Tensor) -> bool:
    return tensor.dtype in ("INT32", "INT64")


LIMITS: dict[str, Limit] = {
    "no activation": (
        lambda op: not op.activation, "an activation is fused into it", "put the activation into an operator of its own"
    ),
    "no activation on integers": (
        lambda op: not (op.activation and _integer(op.inputs[0])), "an activation is fused into it",
        "put the activation into an operator of its own",
    ),
    "not over the batch": (
        lambda op: not _batch(int(op.options.get("axis", 1)), len(op.outputs[0].shape)), "it works along the batch",
        "work along another axis",
    ),
    "constant weights": (
        lambda op: all(tensor.constant for tensor in op.inputs[1:3]), "a filter, bias or other parameter changes",
        "make its parameters constants of the model",
    ),
    "constant second": (
        lambda op: len(op.inputs) > 1 and op.inputs[1].constant, "its second input changes", "make it a constant"
    ),
    "with a bias": (lambda op: len(op.inputs) == 3, "it has no bias", "give it one, which may be zero"),
    "no integers out": (
        lambda op: op.outputs[0].dtype != "INT16", "its output is int16", "take tflite-int8"
    ),
    "one dilation": (
        lambda op: op.options.get("dilationHFactor", 1) == op.options.get("dilationWFactor", 1),
        "its dilations differ", "use the same dilation along both axes",
    ),
    "a vector out": (
        lambda op: sum((size or 2) > 1 for size in op.outputs[0].shape) <= 1, "its output is no vector",
        "flatten what goes into it",
    ),
    "over height and width": (
        lambda op: len(op.inputs[0].shape) == 4 and (op.outputs[0].shape or (1,))[-1] == op.inputs[0].shape[-1],
        "it reduces other axes than height and width", "reduce height and width only",
    ),
    "same steps": (
        lambda op: op.inputs[0].steps == op.outputs[0].steps, "its output has another scale than its input",
        "leave it in float (convert --except), or take gpu",
    ),
    "at most four axes": (
        lambda op: all(len(tensor.shape) <= 4 for tensor in op.inputs), "an input has more than four axes",
        "reshape to four axes or fewer",
    ),
    "small resize": (
        lambda op: _scale(op) <= LARGEST_SCALE, f"it resizes by more than {LARGEST_SCALE}, which would lose precision",
        "resize in steps, or after the model",
    ),
    "at most 16,000": (
        lambda op: (op.inputs[0].shape[-1] or 0) <= LARGEST_SOFTMAX, "it has more than 16,000 elements",
        "take the softmax after the model",
    ),
    "strides of one": (
        lambda op: not op.options.get("ellipsisMask") and not op.options.get("newAxisMask"),
        "it adds axes or has an ellipsis", "slice with plain starts and sizes",
    ),
}  # fmt: skip
