from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from edgekit.contract.contract import Contract, OutputSpec
from edgekit.contract.shape import Shape
from edgekit.data.arrays import array_samples
from edgekit.data.npy import save_rows
from edgekit.data.samples import Samples
from edgekit.errors import DataError
from edgekit.evaluation.metrics import Measure, Similarities, choose_measure, distances
from edgekit.evaluation.reference import Answers
from edgekit.recipe.recipe import ParityRecipe

FLOATS = np.random.default_rng(0)


def contract(**outputs: tuple[str, Shape]) -> Contract:
    specs = [
        OutputSpec(name=name, meaning=meaning, dtype="float32", shape=shape, key=name)
        for name, (meaning, shape) in outputs.items()
    ]
    return Contract(inputs=(), outputs=tuple(specs))


def answers(folder: Path, **outputs: NDArray[Any]) -> Answers:
    return Answers(outputs={name: save_rows(folder / f"{name}.npy", array) for name, array in outputs.items()})


def samples(count: int, *, classes: int = 0) -> Samples:
    labels = [index % classes for index in range(count)] if classes else None
    names = tuple(f"class {index}" for index in range(classes)) or None
    return array_samples({"x": np.zeros([count, 1])}, labels=labels, classes=names)


def similarity(folder: Path, metric: str, reference: NDArray[Any], candidate: NDArray[Any]) -> NDArray[np.float64]:
    made = choose_measure(
        ParityRecipe(metric=metric),
        contract(y=("tensor", (None, *reference.shape[1:]))),
        samples(len(reference)),
        answers(folder, y=reference),
    )
    assert made is not None
    return Similarities(made, answers(folder, y=reference)).of("y", 0, reference, candidate)


def test_sqnr_and_psnr_by_hand(tmp_path: Path) -> None:
    reference = np.array([[[[3.0], [4.0]]], [[[0.0], [1.0]]]])
    found = similarity(tmp_path, "sqnr", reference, reference + np.array([[[[0.5], [0.0]]], [[[0.0], [0.0]]]]))
    assert found[0] == pytest.approx(20.0)  # 25 / 0.25
    assert found[1] == np.inf
    found = similarity(tmp_path, "psnr", reference, reference + 0.04)
    np.testing.assert_allclose(found, 40.0)  # (4 / 0.04) squared: the range is that of both pictures


def test_ssim_is_that_of_tensorflow(tmp_path: Path) -> None:
    from edgekit.system.optional import tensorflow

    tf = tensorflow()
    reference = FLOATS.uniform(0, 1, [4, 32, 24, 3]).astype(np.float32)
    reference[0, 0, 0, 0], reference[0, 0, 0, 1] = 0.0, 1.0
    candidate = np.clip(reference + FLOATS.normal(0, 0.1, reference.shape), 0, 1).astype(np.float32)
    expected = tf.image.ssim(reference, candidate, max_val=1.0).numpy()
    found = similarity(tmp_path, "ssim", reference, candidate)
    np.testing.assert_allclose(
        found, expected, atol=0.01
    )  # scikit-image averages over the channels in one, not per one
    np.testing.assert_allclose(similarity(tmp_path, "ssim", reference, reference), 1.0)


def test_ssim_of_tiny_pictures_is_refused(tmp_path: Path) -> None:
    tiny = np.zeros([3, 8, 8, 1])
    with pytest.raises(DataError, match="at least 11 x 11 pixels, these have 8 x 8: take 'psnr'"):
        similarity(tmp_path, "ssim", tiny, tiny)


@settings(deadline=None, max_examples=30, derandomize=True)
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(3, 40))
def test_neighbours_by_brute_force(tmp_path_factory: pytest.TempPathFactory, seed: int, count: int) -> None:
    draw = np.random.default_rng(seed)
    reference = draw.normal(size=[count, 6])
    candidate = reference + draw.normal(0, 0.5, reference.shape)

    def nearest(row: int, vector: NDArray[np.float64]) -> int:
        cosines = [
            vector @ other / np.linalg.norm(vector) / np.linalg.norm(other) if index != row else -2.0
            for index, other in enumerate(reference)
        ]
        return int(np.argmax(cosines))

    expected = [float(nearest(row, reference[row]) == nearest(row, candidate[row])) for row in range(count)]
    assert similarity(tmp_path_factory.mktemp("rows"), "neighbours", reference, candidate).tolist() == expected


def test_neighbours_do_not_mind_length_but_order(tmp_path: Path) -> None:
    vectors = FLOATS.normal(size=[50, 8])
    assert similarity(tmp_path, "neighbours", vectors, vectors * 3).all()
    assert not similarity(tmp_path, "neighbours", vectors, np.roll(vectors, 1, axis=0)).all()


@pytest.mark.parametrize("metric", ["cosine", "sqnr", "neighbours"])
def test_an_answer_with_nan_is_like_nothing(tmp_path: Path, metric: str) -> None:
    reference = FLOATS.normal(size=[5, 4])
    candidate = reference.copy()
    candidate[2, 1] = np.nan
    found = similarity(tmp_path, metric, reference, candidate)
    assert found[2] == -np.inf
    assert np.delete(found, 2).min() > 1 - 1e-12


def test_what_is_judged_follows_from_the_outputs(tmp_path: Path) -> None:
    kept = answers(tmp_path, y=FLOATS.normal(size=[6, 3]))

    def chosen(meaning: str, *, classes: int = 0, metric: str | None = None) -> Measure | None:
        return choose_measure(
            ParityRecipe(metric=metric), contract(y=(meaning, (None, 3))), samples(6, classes=classes), kept
        )

    def metric(meaning: str, *, classes: int = 0) -> str | None:
        made = chosen(meaning, classes=classes)
        return None if made is None else made.metric

    assert metric("probabilities", classes=3) == "accuracy"
    assert metric("probabilities") == "agreement"
    assert metric("tensor", classes=3) == "accuracy"
    assert metric("embedding", classes=3) == metric("embedding") == "cosine"
    assert metric("tensor") is None
    assert metric("tensor", classes=2) is None, "three numbers are not the scores of two classes"
    with pytest.raises(DataError, match="'accuracy' needs labels"):
        chosen("probabilities", metric="accuracy")
    with pytest.raises(DataError, match="needs a model with one output that has classes; others: cosine, neighbours"):
        chosen("embedding", metric="agreement")
    with pytest.raises(DataError, match=r"'psnr' needs an output that is a picture .*; the model has y \[None, 3\]"):
        chosen("tensor", metric="psnr")


def test_embeddings_are_judged_where_some_are_and_all_outputs_by_sqnr(tmp_path: Path) -> None:
    both = contract(vector=("embedding", (None, 3)), other=("tensor", (None, 2)))
    kept = answers(tmp_path, vector=np.zeros([4, 3]), other=np.zeros([4, 2]))
    cosine = choose_measure(ParityRecipe(), both, samples(4), kept)
    noise = choose_measure(ParityRecipe(metric="sqnr", threshold=33), both, samples(4), kept)
    assert cosine is not None
    assert noise is not None
    assert (cosine.outputs, cosine.threshold) == (("vector",), 0.98)
    assert (noise.outputs, noise.threshold) == (("vector", "other"), 33)


def test_distances_grow_as_similarity_shrinks() -> None:
    assert distances("cosine", np.array([1.0, 0.5])).tolist() == [0.0, 0.5]
    np.testing.assert_allclose(distances("sqnr", np.array([np.inf, 40.0, 0.0])), [0.0, 0.01, 1.0])
