"""TensorFlow's frozen graphs, as servers with old code load them: the graph that all formats are made of."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from edgekit.adapters.converter import Calibration, ConvertedFile, Derivation
from edgekit.contract.contract import Contract
from edgekit.models.frozen_graph import FrozenGraph
from edgekit.models.weights import WeightFacts, Weights, weight_facts
from edgekit.system.optional import installed_version, tensorflow


def convert(graph: FrozenGraph, target: Path) -> str:
    """Copy the frozen graph."""
    shutil.copyfile(graph.path, target)
    return f"tensorflow {installed_version('tensorflow')}"


def calibrate(calibration: Calibration, ranges: Path) -> None:
    """Do not calibrate: no precision of this format is."""
    raise NotImplementedError


def measure(calibration: Calibration, moments: Path) -> None:
    """Do not measure: no weights are rounded."""
    raise NotImplementedError


def facts(model: Path) -> WeightFacts:
    """Count the zeros among the constants that are multiplied by."""
    return weight_facts(model, _weights(model), ops=None)


def _weights(model: Path) -> Iterator[Weights]:
    tf = tensorflow("reading a frozen graph")
    graph = tf.compat.v1.GraphDef.FromString(model.read_bytes())
    for node in graph.node:
        if node.op == "Const" and len(node.attr["value"].tensor.tensor_shape.dim) > 1:
            values = tf.make_ndarray(node.attr["value"].tensor)
            yield Weights(name=node.name, op=node.op, values=values, pointwise=False)


def describe(model: Path, contract: Contract, *, name: str, front: Path | None) -> list[str]:
    """Return what the file cannot say: all that the contract does."""
    return [f"the contract of {name}, which lies beside it"]


def derive(derivation: Derivation, target: Path) -> ConvertedFile:
    """Copy the float model."""
    shutil.copyfile(derivation.model, target)
    return ConvertedFile(tool=f"tensorflow {installed_version('tensorflow')}", contract=derivation.contract)
