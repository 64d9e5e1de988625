"""Compression of a whole graph: zeros, clusters and ranges arrive, and training repairs what they cost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgekit.compression import Samples, compress
from edgekit.compression.distillation import Retraining
from edgekit.compression.kernels import find_kernels
from edgekit.compression.stages import _values
from edgekit.data.loading import load_samples
from edgekit.errors import ConversionError
from edgekit.graph.freezing import freeze
from edgekit.models.frozen_graph import FrozenGraph
from edgekit.original.finished import load_model
from edgekit.recipe.recipe import CompressionRecipe
from edgekit.recipe.variants import Compression, parse_variant
from tests.compression.graphs import answers, frozen_network, pictures
from tests.hub_modules import save_module, weights

ONE_SHOT = CompressionRecipe(schedule="one-shot")
TRAINED = CompressionRecipe(epochs=10, learning_rate=3e-3)


def compressed(
    graph: FrozenGraph, suffix: str, settings: CompressionRecipe, folder: Path, *, original: FrozenGraph | None = None
) -> FrozenGraph:
    samples = Samples(load_samples({"image": pictures()}), graph.contract, None)
    wanted = parse_variant(f"tflite-int8-{suffix}").compression
    (folder / suffix / settings.schedule).mkdir(parents=True)
    return compress(
        graph, wanted, settings, samples=samples, original=original or graph, folder=folder / suffix / settings.schedule
    )


def kernels_of(graph: FrozenGraph) -> dict[str, np.ndarray]:
    definition = graph.load()
    kernels = find_kernels(definition)
    values = _values(definition, kernels)
    return {f"{kernel.role} {kernel.op}": values[kernel.weights] for kernel in kernels}


def error(graph: FrozenGraph, original: FrozenGraph) -> float:
    images = pictures(seed=9)
    return float(np.square(answers(graph, images) - answers(original, images)).mean())


@pytest.mark.parametrize("suffix", ["s50", "s50b4", "s2of4"])
@pytest.mark.parametrize("settings", [ONE_SHOT, TRAINED])
def test_half_of_the_inner_weights_are_zero(suffix: str, settings: CompressionRecipe, tmp_path: Path) -> None:
    graph = frozen_network(tmp_path)
    found, before = kernels_of(compressed(graph, suffix, settings, tmp_path)), kernels_of(graph)
    inner = [value for name, value in found.items() if name.startswith("inner")]
    assert sum(int((value == 0).sum()) for value in inner) == sum(value.size for value in inner) // 2
    for name in ("first Conv2D", "depthwise DepthwiseConv2dNative", "last MatMul"):
        assert (found[name] != 0).all()
        assert settings is TRAINED or (found[name] == before[name]).all()


@pytest.mark.parametrize("suffix", ["s50", "c4"])
def test_training_repairs_what_the_shot_cost(suffix: str, tmp_path: Path) -> None:
    graph = frozen_network(tmp_path)
    shot, trained = (compressed(graph, suffix, settings, tmp_path) for settings in (ONE_SHOT, TRAINED))
    assert error(trained, graph) < 0.5 * error(shot, graph)


def test_clusters_last_through_training(tmp_path: Path) -> None:
    found = kernels_of(compressed(frozen_network(tmp_path), "c8", TRAINED, tmp_path))
    assert len(np.unique(found["inner MatMul"])) <= 8
    assert len(np.unique(found["inner Conv2D"])) <= 8
    assert len(np.unique(found["first Conv2D"])) > 100


def test_zeros_last_through_quantization_aware_training(tmp_path: Path) -> None:
    graph = frozen_network(tmp_path)
    pruned = compressed(graph, "s50", TRAINED, tmp_path)
    trained = compressed(pruned, "qat", TRAINED, tmp_path, original=graph)
    before, after = kernels_of(pruned), kernels_of(trained)
    for name, value in before.items():
        assert ((value == 0) == (after[name] == 0)).all()
        assert (value != after[name]).any()
    assert len(trained.ranges) == 8
    assert all(low <= 0 < high for low, high in trained.ranges.values())


def test_without_samples_weights_go_in_one_shot(tmp_path: Path) -> None:
    graph = frozen_network(tmp_path)
    wanted = parse_variant("tflite-fp32-s50").compression
    found = compress(graph, wanted, TRAINED, samples=None, original=graph, folder=tmp_path / "frozen" / "s50")
    inner = [value for name, value in kernels_of(found).items() if name.startswith("inner")]
    assert sum(int((value == 0).sum()) for value in inner) == sum(value.size for value in inner) // 2


def test_a_module_without_trainable_variables_is_refused(tmp_path: Path) -> None:
    graph = frozen_network(tmp_path, trainable=False)
    with pytest.raises(ConversionError, match=r"no trainable variables. Take the same variant without -qat"):
        compressed(graph, "qat", TRAINED, tmp_path)


def test_one_step_of_training_leaves_all_the_zeros(tmp_path: Path) -> None:
    """The share of zeros grows with the steps, and has to be there at the last one, which is the first here."""
    short = CompressionRecipe(epochs=1, batch_size=64)
    inner = [
        value
        for name, value in kernels_of(compressed(frozen_network(tmp_path), "s50", short, tmp_path)).items()
        if name.startswith("inner")
    ]
    assert sum(int((value == 0).sum()) for value in inner) == sum(value.size for value in inner) // 2


def test_what_training_leaves_dense_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Retraining, "set_mask", lambda *_: None)
    with pytest.raises(ConversionError, match=r"s50 was to leave 192 zeros .* and \d+ came out: train longer"):
        compressed(frozen_network(tmp_path), "s50", CompressionRecipe(epochs=1), tmp_path)


def test_layers_of_few_weights_are_clustered_through_quantization_aware_training(tmp_path: Path) -> None:
    graph = frozen_network(tmp_path)
    shared = compressed(graph, "c32", TRAINED, tmp_path)
    trained = kernels_of(compressed(shared, "c32-qat", TRAINED, tmp_path, original=graph))
    assert 8 < len(np.unique(trained["inner Conv2D"])) <= 32  # of 128
    assert len(np.unique(trained["inner MatMul"])) <= 32


def test_training_without_samples_is_refused(tmp_path: Path) -> None:
    graph = frozen_network(tmp_path)
    with pytest.raises(ConversionError, match="needs training samples and epochs"):
        compress(graph, Compression(qat=True), TRAINED, samples=None, original=graph, folder=tmp_path)


def test_a_rate_that_is_too_high_is_an_error(tmp_path: Path) -> None:
    settings = CompressionRecipe(epochs=3, learning_rate=1e30)
    with pytest.raises(ConversionError, match="take a smaller learning_rate"):
        compressed(frozen_network(tmp_path), "s50", settings, tmp_path)


def test_the_same_seed_gives_the_same_weights(tmp_path: Path) -> None:
    graph = frozen_network(tmp_path)
    first, second = (compressed(graph, "s50", TRAINED, tmp_path / name) for name in ("a", "b"))
    assert first.path.read_bytes() == second.path.read_bytes()


def test_behind_a_front_end_the_variables_are_found_too(tmp_path: Path) -> None:
    """Where the graph is cut, its constants are folded, and named after the identities that read them."""
    from edgekit.system.optional import tensorflow

    tf = tensorflow()
    first, second, third = weights(33, 16), weights(16, 16, seed=1), weights(16, 4, seed=2)

    def call(x: dict[str, Any]) -> dict[str, Any]:
        spectrum = tf.abs(tf.signal.stft(x["audio"], 64, 32))
        hidden = tf.nn.relu(tf.reduce_mean(spectrum, 1) @ first)
        return {"vector": tf.nn.relu(hidden @ second) @ third}

    path = save_module(
        tmp_path / "saved",
        {"audio": ("float32", (None, 512))},
        {"vector": ("float32", (None, 4))},
        call,
        [first, second, third],
    )
    model = load_model(path, out=tmp_path / "model")
    (tmp_path / "frozen").mkdir()
    graph = freeze(model, tmp_path / "frozen")
    assert graph.front is not None
    assert {kernel.weights for kernel in find_kernels(graph.load())} == set(graph.trainable)
    sounds = load_samples({"audio": np.random.default_rng(0).normal(size=(20, 512)).astype(np.float32)})
    (tmp_path / "qat").mkdir()
    made = compress(
        graph,
        Compression(qat=True),
        TRAINED,
        samples=Samples(sounds, model.contract, graph.front),
        original=graph,
        folder=tmp_path / "qat",
    )
    assert made.ranges
    assert made.front is not None
