"""Operators compared one by one: the error of each alone, what has piled up behind it, and how its range is used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.documents.diagnosis import Operator
from edgekit.evaluation.output_error import decibel
from edgekit.formats.tflite.graph import operator_types, read_graph
from edgekit.formats.tflite.subgraphs import Runner, dequantized, name_of, quantized, single

Array = NDArray[Any]


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
    positions = [_positions(side) for side in sides]
    types = operator_types(model)
    names = [name for name in positions[0] if name in positions[1]]
    pairs = {name: (_alone(sides[0], positions[0][name]), _alone(sides[1], positions[1][name])) for name in names}
    runners = [Runner(content, inside=True) for content in (model, artifact)]
    sums, ranges = {name: _Sums() for name in names}, dict[str, list[float]]()
    inputs = {name for pair in pairs.values() for name in pair[0].inputs}
    tensors = list({*positions[0], *inputs})
    for sample in feeds:
        for runner in runners:
            runner.run(sample)
        exact = runners[0].tensors(tensors) | dict(sample)
        piled = runners[1].tensors(names)
        _widen(ranges, exact)
        for name, (ours, theirs) in pairs.items():
            _add(sums[name], ours, theirs, exact, piled[name])
    operators = [
        _operator(positions[0][name], types[positions[0][name]], name, sums[name], pairs[name][1]) for name in names
    ]
    ranked = sorted(operators, key=lambda operator: np.inf if operator.alone_db is None else operator.alone_db)
    return tuple(ranked), {name: (low, high) for name, (low, high) in ranges.items()}


def _positions(model: Any) -> dict[str, int]:
    """Return the place of each operator in the file, by the name of its first output."""
    graph = model.subgraphs[0]
    return {name_of(graph, int(op.outputs[0])): position for position, op in enumerate(graph.operators)}


def _alone(model: Any, position: int) -> Runner:
    """Return one operator as a model of its own, so that its kernel is the one that serves."""
    return Runner(single(model, position))


def _widen(ranges: dict[str, list[float]], tensors: Mapping[str, Array]) -> None:
    """Widen the range of each float tensor by what it holds for a sample."""
    for name, values in tensors.items():
        if values.size and values.dtype.kind == "f":
            low, high = ranges.setdefault(name, [np.inf, -np.inf])
            ranges[name] = [min(low, float(values.min())), max(high, float(values.max()))]


def _add(sums: _Sums, ours: Runner, theirs: Runner, tensors: Mapping[str, Array], piled: Array) -> None:
    """Give both operators what the artifact's can take, so that the error of what comes before counts for neither."""
    details = {name: theirs.inputs.get(name) or theirs.inputs.get(f"{name}_quantized") for name in ours.inputs}
    if any(detail is None for detail in details.values()):
        return
    rounded = {
        name: dequantized(quantized(tensors[name], detail), detail) for name, detail in details.items() if detail
    }
    our_inputs = {name: values.astype(tensors[name].dtype) for name, values in rounded.items()}
    their_inputs = {str(detail["name"]): rounded[name] for name, detail in details.items() if detail}
    reference = next(iter(ours.run(our_inputs).values()))
    candidate = next(iter(theirs.run(their_inputs).values()))
    if reference.dtype.kind != "f" or reference.shape != candidate.shape:
        return
    first, second = reference.astype(np.float64), candidate.astype(np.float64)
    sums.signal += float(np.square(first).sum())
    sums.alone += _power(first - second)
    (name,) = list(ours.outputs)[:1]
    exact = tensors[name].astype(np.float64)
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
