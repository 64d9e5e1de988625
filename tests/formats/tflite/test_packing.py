"""A packed file computes what it did, is aligned as the schema wants it, and holds equal vectors once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgekit.conversion.conversion import convert_all
from edgekit.data.loading import load_samples
from edgekit.formats.tflite.graph import read_graph
from edgekit.formats.tflite.packing import ALIGNMENT, pack
from edgekit.recipe.variants import parse_variant
from edgekit.system.optional import require
from tests.compression.graphs import pictures, save_network


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("network")
    samples = load_samples({"image": pictures(8)})
    network = save_network(folder / "model")
    (made,) = convert_all(network, [parse_variant("tflite-int8")], samples=samples, out=folder / "out")
    assert made.artifact is not None
    return Path(made.artifact.file).read_bytes()


def plain(loaded: Any) -> bytes:
    flatbuffers = require("flatbuffers", asked="a test", extra="convert")
    builder = flatbuffers.Builder(1024)
    builder.Finish(loaded.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def test_it_holds_the_same_and_is_smaller(model: bytes) -> None:
    loose = plain(read_graph(model))
    tight = pack(read_graph(loose))
    assert len(tight) < len(loose)
    assert plain(read_graph(tight)) == loose


def test_equal_zero_points_are_one_vector(model: bytes) -> None:
    schema = require("ai_edge_litert.schema_py_generated", asked="a test", extra="convert")
    graph = schema.Model.GetRootAs(pack(read_graph(model)), 0).Subgraphs(0)
    places: dict[bytes, set[int]] = {}
    for index in range(graph.TensorsLength()):
        quantization = graph.Tensors(index).Quantization()
        if quantization is not None and quantization.ZeroPointLength() > 1:
            zeros = quantization.ZeroPointAsNumpy()
            places.setdefault(zeros.tobytes(), set()).add(zeros.__array_interface__["data"][0])
    assert places
    assert all(len(found) == 1 for found in places.values())


@pytest.mark.parametrize("packed", [True, False])
def test_buffers_are_aligned(model: bytes, *, packed: bool) -> None:
    found = offsets(pack(read_graph(model)) if packed else plain(read_graph(model)))
    assert all(offset % ALIGNMENT == 0 for offset in found) == packed  # the library alone does not do it


def offsets(model: bytes) -> list[int]:
    schema = require("ai_edge_litert.schema_py_generated", asked="a test", extra="convert")
    start = np.frombuffer(model, np.uint8).__array_interface__["data"][0]
    loaded = schema.Model.GetRootAs(model, 0)
    buffers = [loaded.Buffers(index) for index in range(loaded.BuffersLength())]
    return [b.DataAsNumpy().__array_interface__["data"][0] - start for b in buffers if b.DataLength()]
