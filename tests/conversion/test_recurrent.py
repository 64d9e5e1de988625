"""Recurrent layers of Keras: masked, in both directions, stacked; loops in TFLite, loops and layers in ONNX."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgekit.adapters.converter import Calibration, Derivation
from edgekit.contract.contract import Contract
from edgekit.conversion.conversion import convert_all
from edgekit.conversion.derivation import converter
from edgekit.data.loading import load_samples
from edgekit.errors import ConversionError
from edgekit.formats.tflite.graph import operator_types
from edgekit.graph.freezing import freeze
from edgekit.hub.modules import read_module
from edgekit.inference.sessions import open_session
from edgekit.models.artifact import Artifact
from edgekit.models.frozen_graph import FrozenGraph
from edgekit.models.tuned_model import TunedModel
from edgekit.original.finished import import_model
from edgekit.recipe.variants import parse_variant
from edgekit.system.optional import require

SENTENCES = np.random.default_rng(1).integers(1, 9, (6, 5)).astype(np.int32)
SENTENCES[2, 3:] = SENTENCES[4, 1:] = 0  # padding, which the mask leaves out


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> TunedModel:
    folder = tmp_path_factory.mktemp("recurrent")
    keras = require("keras", asked="a test", extra="convert")
    layers = keras.layers
    keras.utils.set_random_seed(1)
    network = keras.Sequential(
        [
            keras.Input((5,), dtype="int32"),
            layers.Embedding(9, 4, mask_zero=True),
            layers.Bidirectional(layers.LSTM(3, return_sequences=True)),
            layers.GRU(3),
            layers.Dense(2),
        ]
    )
    network.export(folder / "exported", verbose=False)
    import_model(read_module("exported", folder / "exported"), folder / "model")
    return TunedModel(path=folder / "model", contract=Contract.load(folder / "model"))


@pytest.fixture(scope="module")
def graph(model: TunedModel) -> FrozenGraph:
    return freeze(model, model.path.parent / "frozen")


def answers(artifact: Artifact | TunedModel) -> Any:
    with open_session(artifact) as session:
        (spec,) = session.contract.inputs
        (output,) = session.run(**{spec.name: SENTENCES}).values()
    return output


def artifact_of(name: str, graph: FrozenGraph, folder: Path) -> Artifact:
    """Convert the graph to a variant, calibrated on the sentences."""
    variant, model, ranges = parse_variant(name), folder / "float", folder / "ranges"
    tools, (spec,) = converter(variant.format), graph.contract.inputs
    tools.convert(graph, model)
    if variant.calibrated:
        batches = [{spec.name: SENTENCES[[index]]} for index in range(len(SENTENCES))]
        tools.calibrate(Calibration(model=model, batches=batches, method="min-max"), ranges)
    derivation = Derivation(
        model=model,
        contract=graph.contract,
        variant=variant,
        ranges=ranges if variant.calibrated else None,
        moments=None,
        rounding="nearest",
        overrides=(),
    )
    tools.derive(derivation, folder / variant.file_name)
    file = folder / variant.file_name
    return Artifact(path=file, file=file, format=variant.format, variant=variant, contract=graph.contract)


def sqnr(reference: Any, output: Any) -> float:
    noise = np.sum((reference - output).astype(np.float64) ** 2)
    return float(10 * np.log10(np.sum(reference.astype(np.float64) ** 2) / max(noise, 1e-30)))


@pytest.mark.parametrize(
    ("name", "decibels"),
    [("tflite-fp32", 100), ("onnx-fp32", 100), ("onnx-fp16", 50), ("tflite-int8", 20), ("onnx-dynamic", 20)],
)
def test_a_masked_network_of_both_directions_answers_as_before(
    name: str, decibels: float, model: TunedModel, graph: FrozenGraph, tmp_path: Path
) -> None:
    artifact = artifact_of(name, graph, tmp_path)
    expected = answers(model)
    assert sqnr(expected, answers(artifact)) > decibels
    assert sqnr(np.roll(expected, 1, axis=0), answers(artifact)) < decibels
    if artifact.format == "tflite":
        assert operator_types(artifact.file.read_bytes()).count("WHILE") == 3


def test_integers_at_the_edges_want_no_loop(graph: FrozenGraph, tmp_path: Path) -> None:
    with pytest.raises(ConversionError, match="build the layer with unroll=True"):
        artifact_of("tflite-int8full", graph, tmp_path)


def test_an_unrolled_layer_is_integer_throughout(tmp_path: Path) -> None:
    """Its first state is zeros of a free batch, and its gates are split: neither may leave a float, or a scale of 0."""
    keras = require("tf_keras", asked="a test", extra="convert")
    keras.utils.set_random_seed(2)
    steps = keras.Input((4, 3))
    biases = keras.initializers.RandomNormal(stddev=0.5, seed=2)
    outer = keras.layers.GRU(6, unroll=True, return_sequences=True, bias_initializer=biases)(steps)
    network = keras.Model(steps, keras.layers.Dense(2)(keras.layers.LSTM(5, unroll=True)(outer)))
    network.export(tmp_path / "exported")
    import_model(read_module("exported", tmp_path / "exported"), tmp_path / "model")
    model = TunedModel(path=tmp_path / "model", contract=Contract.load(tmp_path / "model"))
    samples = np.random.default_rng(3).normal(size=(40, 4, 3)).astype(np.float32)
    expected = np.asarray(network(samples))
    for name in ("tflite-int8", "tflite-int8full"):
        (result,) = convert_all(
            model,
            [parse_variant(name)],
            samples=load_samples({model.contract.inputs[0].name: samples}),
            out=tmp_path / name,
        )
        assert result.artifact is not None, result.error
        with open_session(result.artifact) as session:
            (output,) = session.run(**{session.contract.inputs[0].name: samples}).values()
        assert sqnr(expected - expected.mean(axis=0), output - expected.mean(axis=0)) > 15
        assert sqnr(expected - expected.mean(axis=0), np.roll(output, 1, axis=0) - expected.mean(axis=0)) < 15
