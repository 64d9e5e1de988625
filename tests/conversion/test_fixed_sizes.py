"""A model or a variant of a fixed batch is asked in that batch, however many samples there are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgekit.conversion.conversion import convert, convert_all
from edgekit.data.loading import load_samples
from edgekit.evaluation.parity import parity
from edgekit.inference.sessions import open_session
from edgekit.models.artifact import Artifact
from edgekit.models.tuned_model import TunedModel
from edgekit.recipe.variants import parse_variant
from tests.conversion.test_quantization import saved

DATA = {"x": np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)}
"""Five samples are no multiple of the batch."""


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> tuple[TunedModel, list[Artifact]]:
    """A model of a batch of two, which is written into its reshape, and two artifacts of it."""
    folder = tmp_path_factory.mktemp("pairs")

    def call(tf: Any, weights: Any, x: Any) -> Any:
        return {"y": tf.reshape(tf.reshape(x, [2, 2, 2]), [2, 4]) @ weights}

    model = saved(folder, call, {"x": [2, 4]})
    variants = [parse_variant(name) for name in ("tflite-int8", "onnx-fp32")]
    conversions = convert_all(model, variants, samples=load_samples(DATA), out=folder / "out")
    return model, [conversion.artifact for conversion in conversions if conversion.artifact is not None]


def test_both_sides_are_asked_in_the_fixed_batch(pairs: tuple[TunedModel, list[Artifact]]) -> None:
    model, artifacts = pairs
    with open_session(model) as session:
        expected = session.run(**DATA)["y"]
        np.testing.assert_allclose(session.run_each(**DATA)["y"], expected)
    assert len(expected) == 5
    assert [artifact.format for artifact in artifacts] == ["tflite", "onnx"]
    for artifact, least in zip(artifacts, (30, 100), strict=True):
        report = parity(model, artifact, data=DATA)
        error = report.to_json()["outputs"]["y"]["sqnr_db"]
        assert report.samples == 5
        assert error is None or error > least


def test_one_that_errs_fails(pairs: tuple[TunedModel, list[Artifact]], tmp_path: Path) -> None:
    """The twin: a model that answers otherwise is seen, with a batch that is filled up too."""
    other = saved(tmp_path, lambda tf, weights, x: {"y": tf.reshape(x, [2, 4]) @ weights * 1.5}, {"x": [2, 4]})
    error = parity(other, pairs[1][1], data=DATA).to_json()["outputs"]["y"]["sqnr_db"]
    assert error < 15


def test_a_batch_is_fixed_on_request(tmp_path: Path) -> None:
    model = saved(tmp_path, lambda tf, weights, x: {"y": tf.nn.relu(x @ weights)}, {"x": [None, 4]})
    artifact = convert(model, "tflite-fp32-b2", out=tmp_path / "out")
    assert artifact.contract is not None
    assert (artifact.contract.inputs[0].shape, artifact.contract.outputs[0].shape) == ((2, 4), (2, 3))
    with open_session(artifact) as session, open_session(model) as original:
        np.testing.assert_allclose(session.run(**DATA)["y"], original.run(**DATA)["y"], atol=1e-6)
