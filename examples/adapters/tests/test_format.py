"""A format is a converter, a reader of its files, a runtime and a precision: a frozen graph answers as the original."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import edgekit
from edgekit.cli.main import main
from edgekit.errors import ArtifactError
from edgekit.system.optional import tensorflow

X = np.random.default_rng(0).normal(size=(20, 8)).astype(np.float32)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dense layer."""
    tf = tensorflow()
    module = tf.Module()
    module.weights = tf.Variable(np.random.default_rng(1).normal(size=(8, 4)).astype(np.float32))
    signature = tf.function(lambda x: {"y": x @ module.weights}, input_signature=[tf.TensorSpec([None, 8], name="x")])
    folder = tmp_path_factory.mktemp("dense") / "saved"
    tf.saved_model.save(module, str(folder), signatures={"serving_default": signature})
    return folder


def test_a_format(saved: Path, tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", x=X)
    model, data = tmp_path / "model", str(tmp_path / "x.npz")
    assert main(["convert", str(saved), "graphdef-frozen", "--out", str(tmp_path), "--data", data]) == 0
    artifact = edgekit.load_artifact(tmp_path / "graphdef-frozen")
    assert artifact.file.name == "model.graphdef"
    report = edgekit.parity(edgekit.load_model(saved, out=model), artifact, data={"x": X})
    assert report.to_json()["outputs"]["y"]["max_abs"] < 1e-6


def test_what_is_no_graph_is_refused(tmp_path: Path) -> None:
    (tmp_path / "noise.graphdef").write_bytes(b"\xff" * 64)
    with pytest.raises(ArtifactError):
        edgekit.load_artifact(tmp_path / "noise.graphdef")
