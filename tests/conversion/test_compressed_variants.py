"""What ships after compression: zeros counted in the file, learned ranges in it, parts left as was asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgekit.adapters.session import SessionOptions
from edgekit.conversion.conversion import convert, convert_all
from edgekit.data.loading import load_samples
from edgekit.errors import ConversionError, SessionError
from edgekit.formats.tflite.graph import operator_types, read_graph, weights_of
from edgekit.inference.sessions import open_session
from edgekit.models.artifact import Artifact
from edgekit.models.tuned_model import TunedModel
from edgekit.recipe.overrides import Override
from edgekit.recipe.recipe import CompressionRecipe, ConversionRecipe
from edgekit.recipe.variants import parse_variant
from edgekit.system import registry
from tests.compression.graphs import pictures, save_network
from tests.hub_modules import save_module, weights

QUICK = ConversionRecipe(compression=CompressionRecipe(epochs=6, learning_rate=3e-3))


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> TunedModel:
    return save_network(tmp_path_factory.mktemp("network") / "model")


@pytest.fixture(scope="module")
def artifacts(network: TunedModel, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Artifact]:
    names = [
        "tflite-fp32",
        "tflite-int8",
        "tflite-int8-qat",
        "tflite-int8-s50-qat",
        "tflite-int8full-qat",
        "tflite-fp32-s50",
        "tflite-fp16-s50",
        "onnx-fp32-s50",
        "onnx-int8-s50",
        "onnx-int8",
        "onnx-int8-qat",
        "tflite-fp32-c8",
    ]
    made = convert_all(
        network,
        [parse_variant(name) for name in names],
        samples=load_samples({"image": pictures()}),
        out=tmp_path_factory.mktemp("artifacts"),
        settings=QUICK,
    )
    assert [result.error for result in made] == [None] * len(names)
    return {str(result.variant): result.artifact for result in made if result.artifact is not None}


def answers(artifact: Artifact | TunedModel) -> Any:
    with open_session(artifact) as session:
        return np.concatenate([session.run(image=x[None])["probabilities"] for x in pictures(seed=5)])


@pytest.mark.parametrize(
    "name",
    ["tflite-fp32-s50", "tflite-fp16-s50", "tflite-int8-s50-qat", "onnx-fp32-s50", "onnx-int8-s50"],
)
def test_the_zeros_are_in_the_shipped_file(artifacts: dict[str, Artifact], name: str) -> None:
    """Half of the weights of the two inner layers, 384 of 720; rounding to integers may add to them."""
    facts = artifacts[name].weights
    assert facts is not None
    assert facts.weights == 720
    assert 192 <= facts.zeros <= 192 + 24


def test_a_dense_file_has_no_zeros(artifacts: dict[str, Artifact]) -> None:
    facts = artifacts["tflite-fp32"].weights
    assert facts is not None
    assert facts.zeros == 0
    assert facts.sparse_kernels is False
    assert facts.reason == "no 1x1 convolution has two thirds zeros; the most is 0%"


def test_training_for_int8_answers_nearer_to_the_original(artifacts: dict[str, Artifact], network: TunedModel) -> None:
    original = answers(network)
    for format_ in ("tflite", "onnx"):
        plain, trained = (
            float(np.square(answers(artifacts[f"{format_}-int8{end}"]) - original).mean()) for end in ("", "-qat")
        )
        assert trained < 2 * plain  # on a network this small int8 costs nearly nothing to begin with
        assert trained < 1e-3


@pytest.mark.parametrize("name", ["tflite-int8-qat", "tflite-int8full-qat"])
def test_the_learned_ranges_are_those_of_the_file(
    artifacts: dict[str, Artifact], name: str, network: TunedModel
) -> None:
    """Every integer activation has a range that training ended with, and no operator is left in float."""
    graph = read_graph(artifacts[name].file.read_bytes()).subgraphs[0]
    plain = read_graph(artifacts["tflite-int8"].file.read_bytes()).subgraphs[0]
    ranges = {}
    for which, found in (("trained", graph), ("plain", plain)):
        ranges[which] = {
            tensor.name.decode().partition(";")[0]: float(tensor.quantization.scale[0])
            for tensor in found.tensors
            if tensor.quantization is not None and tensor.quantization.scale is not None and tensor.buffer == 0
        }
    kinds = operator_types(artifacts[name].file.read_bytes())
    assert set(kinds) <= {
        "QUANTIZE",
        "CONV_2D",
        "DEPTHWISE_CONV_2D",
        "ADD",
        "MEAN",
        "FULLY_CONNECTED",
        "SOFTMAX",
        "DEQUANTIZE",
    }
    shared = {key for key in ranges["trained"] if key in ranges["plain"] and "softmax" not in key.lower()}
    assert len(shared) >= 5
    assert any(abs(ranges["trained"][key] / ranges["plain"][key] - 1) > 1e-5 for key in shared)


def test_clusters_are_in_the_shipped_file(artifacts: dict[str, Artifact]) -> None:
    """Of a layer without a norm exactly; a norm that is folded in scales the values of each channel."""
    found = {w.op: w.values for w in weights_of(read_graph(artifacts["tflite-fp32-c8"].file.read_bytes()))}
    dense = [
        w.values for w in weights_of(read_graph(artifacts["tflite-fp32-c8"].file.read_bytes())) if w.values.size == 256
    ]
    assert len(np.unique(dense[0])) <= 8
    assert all(len(np.unique(channel)) <= 8 for channel in [found["CONV_2D"][0]] if found["CONV_2D"].shape[1] == 1)


def test_the_samples_that_trained_it_are_remembered(tuned: TunedModel, digits: Path, tmp_path: Path) -> None:
    samples = load_samples(digits).take(range(40))
    settings = ConversionRecipe(calibration=10, compression=CompressionRecipe(epochs=1))
    made = convert_all(
        tuned,
        [parse_variant(name) for name in ("tflite-int8", "tflite-int8-qat")],
        samples=samples,
        out=tmp_path,
        settings=settings,
    )
    seen = [len(result.artifact.calibrated_on) for result in made if result.artifact is not None]
    assert seen == [10, 40]


def test_a_variant_is_made_anew_when_its_training_changes(network: TunedModel, tmp_path: Path) -> None:
    samples = load_samples({"image": pictures()})
    made = []
    for epochs in (1, 1, 2):
        settings = ConversionRecipe(compression=CompressionRecipe(epochs=epochs, learning_rate=3e-3))
        convert(network, "tflite-fp32-s50", data=samples, out=tmp_path, settings=settings)
        made.append((tmp_path / "tflite-fp32-s50" / "artifact.json").stat().st_mtime_ns)
    assert made[0] == made[1] != made[2]


def products(folder: Path, *, zeros: int = 0) -> TunedModel:
    """Two large products, the second with a much larger scale, and a table of embeddings would be none."""
    from edgekit.original.finished import load_model
    from edgekit.system.optional import tensorflow

    tf = tensorflow()
    values = weights(64, 96).numpy()
    values[:zeros] = 0
    first, second = tf.Variable(values), weights(96, 64, seed=1)
    path = save_module(
        folder / "saved",
        {"x": ("float32", (None, 64))},
        {"y": ("float32", (None, 64))},
        lambda v: {"y": tf.nn.relu(v["x"] @ first) @ second},
        [first, second],
    )
    return load_model(path, out=folder / "model")


DATA = {"x": np.random.default_rng(0).normal(size=(40, 64)).astype(np.float32)}


METADATA = 1200
"""Bytes of a contract and its like in a file, whatever its weights; of a real model they are nothing."""


@pytest.mark.parametrize(
    ("name", "least", "most_bytes"),
    [
        ("tflite-w8", 38, 0.32),
        ("tflite-w4", 14, 0.2),
        ("tflite-dynamic4", 14, 0.2),
        ("tflite-dynamic4b32", 15, 0.3),
        ("onnx-w8", 38, 0.32),
        ("onnx-w4", 14, 0.2),
    ],
)
def test_integer_weights_are_small_and_near(name: str, least: float, most_bytes: float, tmp_path: Path) -> None:
    model = products(tmp_path)
    made = convert(model, name, data=DATA, out=tmp_path)
    whole = convert(model, f"{name.partition('-')[0]}-fp32", out=tmp_path)
    assert made.bytes - METADATA < most_bytes * (whole.bytes - METADATA)
    with open_session(whole) as one, open_session(made) as other:
        before, after = one.run(**DATA)["y"], other.run(**DATA)["y"]
    assert 10 * np.log10(np.square(before).sum() / np.square(before - after).sum()) > least


@pytest.mark.parametrize("name", ["tflite-int8", "tflite-w4", "tflite-fp16", "onnx-int8", "onnx-w8", "onnx-fp16"])
def test_excepted_parts_stay_float(name: str, tmp_path: Path) -> None:
    model = products(tmp_path)
    settings = ConversionRecipe(overrides=(Override(pattern="matmul"),))
    made = convert(model, name, data=DATA, out=tmp_path / "some", settings=settings)
    whole = convert(model, name, data=DATA, out=tmp_path / "all")
    assert made.bytes > whole.bytes + 6000  # 6,144 weights stay as they are
    assert json.loads((made.path / "artifact.json").read_text())["except"] == [
        {"pattern": "matmul", "precision": "float"}
    ]


def test_what_is_left_in_float_is_named(network: TunedModel, artifacts: dict[str, Artifact], tmp_path: Path) -> None:
    for name in ("tflite-int8", "tflite-int8-qat", "tflite-int8full-qat", "tflite-fp32"):
        facts = artifacts[name].weights
        assert facts is not None
        assert facts.float_islands == ()
    settings = ConversionRecipe(overrides=(Override(pattern="^Mean"),))
    made = convert(network, "tflite-int8", data={"image": pictures()}, out=tmp_path, settings=settings)
    assert made.weights is not None
    assert made.weights.float_islands == ("MEAN",)


@pytest.mark.parametrize("name", ["tflite-w4", "onnx-w4"])
def test_excepted_parts_may_have_eight_bits(name: str, tmp_path: Path) -> None:
    model = products(tmp_path)
    settings = ConversionRecipe(overrides=(Override(pattern="matmul", precision="int8"),))
    sizes = [
        convert(model, name, data=DATA, out=tmp_path / str(place), settings=each).bytes
        for place, each in enumerate((ConversionRecipe(), settings))
    ]
    assert 2500 < sizes[1] - sizes[0] < 4500  # half a byte more for each of 6,144 weights


def test_a_pattern_that_matches_nothing_fails_its_variant(tmp_path: Path) -> None:
    settings = ConversionRecipe(overrides=(Override(pattern="matmull"),))
    for name in ("tflite-int8", "onnx-int8"):
        with pytest.raises(ConversionError, match="'matmull' matches no operator of the model; did you mean"):
            convert(products(tmp_path / name), name, data=DATA, out=tmp_path / name, settings=settings)


@pytest.mark.parametrize("precision", ["w4", "dynamic4", "dynamic4b32"])
def test_the_old_runtime_refuses_four_bits(precision: str) -> None:
    """It would answer noise, or crash."""
    artifact = Artifact(path=Path("x"), file=Path("x"), format="tflite", variant=parse_variant(f"tflite-{precision}"))
    runtime = registry.load("runtimes", "tflite_runtime")
    with pytest.raises(SessionError, match="weights of 4 bits need LiteRT"):
        runtime.open_model(artifact, SessionOptions())


def test_a_block_of_zeros_has_a_scale(tmp_path: Path) -> None:
    """LiteRT refuses a scale of zero, which a block that was pruned away would have."""
    model = products(tmp_path, zeros=32)
    made = convert(model, "tflite-dynamic4b32", data=DATA, out=tmp_path)
    (found,) = [w.values for w in weights_of(read_graph(made.file.read_bytes())) if w.values.shape == (96, 64)]
    assert not found[:, :32].any()
    assert found[:, 32:].any()


def test_weights_in_blocks_are_rounded_too(tmp_path: Path) -> None:
    generator = np.random.default_rng(2)
    data = {
        "x": (generator.normal(size=(60, 8)) @ generator.normal(size=(8, 64))).astype(np.float32)
    }  # of 8 dimensions
    model = products(tmp_path)
    with open_session(model) as session:
        wanted = session.run(**data)["y"]
    errors = []
    for method in ("nearest", "gptq"):
        settings = ConversionRecipe(rounding=method)
        made = convert(model, "tflite-dynamic4b32", data=data, out=tmp_path / method, settings=settings)
        with open_session(made) as session:
            errors.append(float(np.square(session.run(**data)["y"] - wanted).sum()))
    assert errors[1] < 0.5 * errors[0]


def test_a_layer_of_no_whole_blocks_gets_eight_bits(network: TunedModel, tmp_path: Path) -> None:
    made = convert(network, "tflite-dynamic4b32", data={"image": pictures()}, out=tmp_path)
    assert made.rounding is not None
