"""The original's answers: asked as a device asks, computed once, and kept by what they are answers to."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgekit.data.arrays import array_samples
from edgekit.data.samples import Samples
from edgekit.data.tables import TableSamples
from edgekit.errors import DataError
from edgekit.evaluation.reference import kept_answers, original_answers
from edgekit.models.tuned_model import TunedModel
from edgekit.original.finished import load_model
from edgekit.system.optional import tensorflow


@pytest.fixture(scope="module")
def samples(held_out: TableSamples) -> Samples:
    return held_out.take(range(0, len(held_out), 2))


def test_answers_are_computed_once(tuned: TunedModel, samples: Samples, tmp_path: Path) -> None:
    first = original_answers(tuned, samples, tmp_path)
    stamp = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.npy")}
    second = original_answers(tuned, samples, tmp_path)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.npy")} == stamp
    assert (first.read(0, 5)["probabilities"] == second.read(0, 5)["probabilities"]).all()
    other = array_samples({"image": samples.read(0, 5, tuned.contract)["image"][::-1]})
    original_answers(tuned, other, tmp_path)
    assert len(list(tmp_path.glob("answers-*"))) == 2


def test_an_original_that_minds_its_neighbours_is_asked_alone(tmp_path: Path) -> None:
    """As sentences that are padded to the longest of a batch, where the padding counts."""
    tf = tensorflow()
    module = tf.Module()
    serve = tf.function(
        lambda x: {"centred": x - tf.reduce_mean(x, 0, keepdims=True) * 0.5},
        input_signature=[tf.TensorSpec([None, 3], tf.float32, name="x")],
    )
    tf.saved_model.save(module, str(tmp_path / "saved"), signatures={"serving_default": serve})
    model = load_model(tmp_path / "saved", out=tmp_path / "model")
    values = np.random.default_rng(0).normal(size=[40, 3]).astype(np.float32)
    answers = original_answers(model, array_samples({"x": values}), tmp_path)
    np.testing.assert_allclose(answers.read(0, 40)["centred"], values / 2, atol=1e-6)


def test_a_run_kept_its_answers_to_just_its_samples(tuned: TunedModel, held_out: TableSamples) -> None:
    answers = kept_answers(tuned, held_out)
    assert answers is not None
    assert answers.read(0, 3)["probabilities"].shape == (3, 10)
    assert kept_answers(tuned, held_out.take([1, 0])) is None


def test_a_sample_that_is_no_number_is_named(tuned: TunedModel, tmp_path: Path) -> None:
    pixels = np.zeros([3, *(size or 1 for size in tuned.contract.inputs[0].shape[1:])], np.float32)
    pixels[1, 0, 0, 0] = np.nan
    with pytest.raises(DataError, match="has NaN or infinite values in 'image'"):
        original_answers(tuned, array_samples({"image": pixels}), tmp_path)
    assert not list(tmp_path.glob("answers-*"))
