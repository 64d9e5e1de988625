"""An artifact built again: with nothing restored as wrong as it was, with its fault restored as good as healthy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgekit.debugging.findings import share
from edgekit.debugging.rebuilding import Range, Rebuilder
from edgekit.errors import ConversionError
from edgekit.formats.tflite.graph import operator_types, read_graph, write_graph
from edgekit.formats.tflite.subgraphs import Runner, constant, name_of
from tests.compression.graphs import pictures

PICTURES = pictures(4)


@pytest.fixture(scope="module")
def measured(float_file: bytes) -> dict[str, Range]:
    """The range of each activation of the network over some pictures."""
    loaded = read_graph(float_file)
    graph = loaded.subgraphs[0]
    names = [name_of(graph, index) for index in range(len(graph.tensors)) if not constant(loaded, index)]
    runner = Runner(float_file, inside=True)
    ranges: dict[str, Range] = {}
    for picture in PICTURES:
        runner.run({name_of(graph, int(graph.inputs[0])): picture[None]})
        for name, values in runner.tensors(names).items():
            low, high = ranges.get(name, (0.0, 0.0))
            ranges[name] = (min(low, float(values.min())), max(high, float(values.max())))
    return ranges


@pytest.fixture(scope="module")
def seeded(artifacts: Path) -> tuple[bytes, str]:
    """The int8 file with a threefold scale of the first convolution's weights, and the name of that operator."""
    content = (artifacts / "tflite-int8" / "model.tflite").read_bytes()
    loaded = read_graph(content)
    graph = loaded.subgraphs[0]
    operator = graph.operators[operator_types(content).index("CONV_2D")]
    weights = graph.tensors[int(operator.inputs[1])]
    weights.quantization.scale = np.asarray(weights.quantization.scale) * 3
    return write_graph(loaded), name_of(graph, int(operator.outputs[0]))


def noise(model: bytes, candidate: bytes) -> float:
    """Return the noise of a file as a share of the float file's signal."""
    sides = []
    for content in (model, candidate):
        runner = Runner(content)
        (name,) = runner.inputs
        sides.append([next(iter(runner.run({name: picture[None]}).values())) for picture in PICTURES])
    return share(*sides)


def test_a_fault_stays_until_its_operator_is_restored(
    float_file: bytes, seeded: tuple[bytes, str], measured: dict[str, Range]
) -> None:
    artifact, culprit = seeded
    rebuilder = Rebuilder(float_file, artifact, measured)
    as_wrong = noise(float_file, rebuilder.build(frozenset()))
    assert as_wrong > 0.05
    others = frozenset(rebuilder.operators) - {culprit}
    assert noise(float_file, rebuilder.build(others)) > 0.05
    assert noise(float_file, rebuilder.build(frozenset({culprit}))) < as_wrong / 20


def test_a_healthy_one_has_no_fault(float_file: bytes, seeded: tuple[bytes, str], measured: dict[str, Range]) -> None:
    rebuilder = Rebuilder(float_file, seeded[0], measured)
    healthy = rebuilder.build(frozenset(), healthy=True)
    assert 0 < noise(float_file, healthy) < 0.02  # quantized all the same


def test_float_against_float_stays_float(float_file: bytes, measured: dict[str, Range]) -> None:
    rebuilder = Rebuilder(float_file, float_file, measured)
    assert rebuilder.precision is None
    assert rebuilder.ranges == {}
    assert noise(float_file, rebuilder.build(frozenset())) == 0


def test_another_converters_names_are_refused(float_file: bytes, measured: dict[str, Range]) -> None:
    loaded = read_graph(float_file)
    for index, tensor in enumerate(loaded.subgraphs[0].tensors):
        tensor.name = f"tensor {index}".encode()
    with pytest.raises(ConversionError, match=r"only 0 of the \d+ operators of the model are in the artifact by name"):
        Rebuilder(float_file, write_graph(loaded), measured)
