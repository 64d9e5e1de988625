"""Rules that predict what a delegate takes: a table for each, as data, that lies beside the delegate's file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources

from edgekit.adapters.delegate import ModelFile, Planned, PlannedOp
from edgekit.formats.tflite.operators import Operator, Tensor
from edgekit.planning.limits import LIMITS
from edgekit.system.files import JsonObject


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
        for tensor in tensors:
            outer = tensor.shape[:-axes]
            if not tensor.constant and any(size not in (None, 0, 1) for size in outer):
                return f"{short(tensor)} has more than {axes} axes", f"keep all but the last {axes} axes at 1"
        return None


def read_table(name: str) -> JsonObject:
    """Read a table that lies beside the delegates."""
    text = (resources.files("edgekit.runtimes.delegates") / f"{name}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def read_rules(name: str) -> Rules:
    """Read the table of a delegate."""
    table = read_table(name)
    operators = {
        kind: Rule(
            version=entry.get("version"), inputs=tuple(entry.get("inputs", ())), limits=tuple(entry.get("limits", ()))
        )
        for kind, entry in table.pop("operators").items()
    }
    return Rules(operators=operators, **{**table, "dtypes": tuple(table["dtypes"])})


def planned_by_rules(name: str, model: ModelFile, note: str = "") -> Planned:
    """Return what a delegate's table predicts for each operator of a TFLite file by itself.

    Args:
        name: Of the delegate.
        model: The file.
        note: What else there is to say of where the prediction is from; empty: nothing.
    """
    rules = read_rules(name)
    ops = [PlannedOp.of(operator, rules.obstacle(operator)) for operator in model.operators]
    source = f"{rules.version}, {rules.source}"
    return Planned(basis="rules", source=f"{source}; {note}" if note else source, ops=ops)


def short(tensor: Tensor) -> str:
    """Return a tensor's name without the scopes before it."""
    return repr(tensor.name.partition(";")[0].rpartition("/")[2])
