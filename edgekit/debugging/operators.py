"""Operators compared one by one: the error of each alone, what has piled up behind it, and how its range is used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.evaluation.output_error import decibel
from edgekit.formats.tflite.graph import operator_types, read_graph
from edgekit.formats.tflite.subgraphs import Runner, dequantized, name_of, quantized, single

Array = NDArray[Any]


@dataclass(frozen=True, kw_only=True)
class Operator:
    """One operator of the model and its counterpart in the artifact.

    Attributes:
        index: Its place in the float file.
        op: Its type.
        name: Its name: that of its first output.
        part: ``head`` or ``module``.
        alone_db: Signal-to-noise ratio of its output where both get the same inputs; None: no noise.
        accumulated_db: The same where each gets what its own model computes.
        compared: Whether both could be run alone on the same inputs; if not, no number of it is known.
        low: The smallest value that the float operator gives; None where it was not compared.
        high: The largest.
        used: The part of the artifact's range that these values fill, from 0 to 1; above 1 it is too narrow; None
            where it has none.
        saturated: Share of the values that lie outside the artifact's range; None where it has none.
    """

    index: int
    op: str
    name: str
    part: str
    alone_db: float | None
    accumulated_db: float | None
    compared: bool
    low: float | None
    high: float | None
    used: float | None
    saturated: float | None

    @property
    def short(self) -> str:
        """The first of the names that were fused."""
        return self.name.partition(";")[0]


@dataclass
class _Sums:
    signal: float = 0.0
    alone: float = 0.0
    piled: float = 0.0
    low: float = np.inf
    high: float = -np.inf
    outside: int = 0
    values: int = 0


def compare_operators(
    model: bytes, artifact: bytes, feeds: Sequence[Mapping[str, Array]]
) -> tuple[tuple[Operator, ...], dict[str, tuple[float, float]]]:
    """Compare the operators of a float file and of an artifact that have the same name.

    Both run once over the samples with their tensors kept, which tells what goes into each operator; then each runs
    alone, as a file of its own, so that its kernels are those that serve.

    Returns:
        The operators, the least ratio alone first, and the range of each float activation.
    """
    sides = [read_graph(model), read_graph(artifact)]
    places = [
        {name_of(side.subgraphs[0], int(op.outputs[0])): place for place, op in enumerate(side.subgraphs[0].operators)}
        for side in sides
    ]
    types = operator_types(model)
    names = [name for name in places[0] if name in places[1]]
    pairs = {name: [Runner(single(side, places[k][name])) for k, side in enumerate(sides)] for name in names}
    whole = [Runner(each, inside=True) for each in (model, artifact)]
    sums, ranges = {name: _Sums() for name in names}, dict[str, list[float]]()
    for sample in feeds:
        for runner in whole:
            runner.run(sample)
        wanted = list({*places[0], *(name for pair in pairs.values() for name in pair[0].inputs)})
        kept = whole[0].tensors(wanted) | dict(sample)
        piled = whole[1].tensors(names)
        for name, values in kept.items():
            if values.size and values.dtype.kind == "f":
                low, high = ranges.setdefault(name, [np.inf, -np.inf])
                ranges[name] = [min(low, float(values.min())), max(high, float(values.max()))]
        for name, (ours, theirs) in pairs.items():
            _add(sums[name], ours, theirs, kept, piled[name])
    operators = [_operator(places[0][name], types[places[0][name]], name, sums[name], pairs[name][1]) for name in names]
    ranked = sorted(operators, key=lambda operator: np.inf if operator.alone_db is None else operator.alone_db)
    return tuple(ranked), {name: (low, high) for name, (low, high) in ranges.items()}


def _add(sums: _Sums, ours: Runner, theirs: Runner, kept: Mapping[str, Array], piled: Array) -> None:
    """Give both operators what the artifact's can take, so that the error of what comes before counts for neither."""
    details = {name: theirs.inputs.get(name) or theirs.inputs.get(f"{name}_quantized") for name in ours.inputs}
    if any(detail is None for detail in details.values()):
        return
    taken = {name: dequantized(quantized(kept[name], detail), detail) for name, detail in details.items() if detail}
    found = next(iter(ours.run({name: value.astype(kept[name].dtype) for name, value in taken.items()}).values()))
    other = next(iter(theirs.run({str(d["name"]): taken[n] for n, d in details.items() if d}).values()))
    if found.dtype.kind != "f" or found.shape != other.shape:
        return
    first, second = found.astype(np.float64), other.astype(np.float64)
    sums.signal += float(np.square(first).sum())
    sums.alone += _power(first - second)
    (name,) = list(ours.outputs)[:1]
    exact = kept[name].astype(np.float64)
    sums.piled += _power(exact - piled.astype(np.float64))
    sums.low, sums.high = min(sums.low, float(exact.min())), max(sums.high, float(exact.max()))
    low, high = _range(theirs)
    sums.outside += int(((exact < low) | (exact > high)).sum())
    sums.values += exact.size


def _power(error: Array) -> float:
    """Return the sum of squares; what is not a number is infinitely wrong."""
    return float(np.square(np.nan_to_num(error, nan=np.inf, posinf=np.inf, neginf=np.inf)).sum())


def _range(runner: Runner) -> tuple[float, float]:
    """Return what the operator's first output can hold."""
    detail = next(iter(runner.outputs.values()))
    scale, zero = detail["quantization"]
    dtype = np.dtype(detail["dtype"])
    if not scale or dtype.kind != "i":
        return -np.inf, np.inf
    limits, step = np.iinfo(dtype), float(scale)
    return (limits.min - zero - 0.5) * step, (limits.max - zero + 0.5) * step


def _operator(index: int, op: str, name: str, sums: _Sums, theirs: Runner) -> Operator:
    low, high = _range(theirs)
    limited = bool(np.isfinite(high) and sums.values)
    return Operator(
        index=index,
        op=op,
        name=name,
        part="head" if name.startswith("head/") else "module",
        alone_db=decibel(sums.signal, sums.alone),
        accumulated_db=decibel(sums.signal, sums.piled),
        compared=sums.values > 0,
        low=sums.low if sums.values else None,
        high=sums.high if sums.values else None,
        used=(max(sums.high, 0.0) - min(sums.low, 0.0)) / (high - low) if limited else None,
        saturated=sums.outside / sums.values if limited else None,
    )
