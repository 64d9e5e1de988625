"""A metric and a task of one file each: a head that counts goes from a recipe to a verdict, and orders are compared."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import edgekit
from edgekit.cli.main import main
from edgekit.errors import RecipeError
from edgekit.original.finished import load_model
from edgekit.recipe.reader import load_recipe
from edgekit.recipe.recipe import ParityRecipe, check_rule
from edgekit.system.optional import tensorflow

RECIPE = """
name = "counted"
[inputs.x]
module = "module"
[head]
task = "counts"
[data]
train = "rows.npz"
validation = 0.3
[train]
epochs = 40
learning_rate = 0.05
[variants]
build = ["tflite-fp32"]
[parity]
max_drop = 0.2
"""


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dense layer of eight numbers, as a SavedModel."""
    tf = tensorflow()
    layer = tf.Module()
    layer.weights = tf.Variable(np.random.default_rng(1).normal(size=(4, 8)).astype(np.float32))
    signature = tf.function(
        lambda x: {"default": x @ layer.weights}, input_signature=[tf.TensorSpec([None, 4], name="x")]
    )
    folder = tmp_path_factory.mktemp("layer") / "module"
    tf.saved_model.save(layer, str(folder), signatures={"serving_default": signature})
    return folder


def test_a_metric(module: Path, tmp_path: Path) -> None:
    x = np.random.default_rng(0).normal(size=(60, 4)).astype(np.float32)
    model = load_model(module, out=tmp_path / "model")
    artifact = edgekit.convert(model, "tflite-int8", data={"x": x}, out=tmp_path)
    rule = ParityRecipe(metric="spearman", max_drop=0.2, threshold=0.8)
    report = edgekit.parity(model, artifact, data={"x": x}, rule=rule).to_json()
    assert report["task"]["metric"] == "spearman"
    assert 0.9 < report["task"]["candidate"] <= 1.0
    assert report["verdict"] == "pass"


def test_a_metric_has_limits() -> None:
    check_rule(ParityRecipe(metric="spearman", threshold=0.9))
    with pytest.raises(RecipeError, match="threshold"):
        check_rule(ParityRecipe(metric="spearman", threshold=2.0))


def test_a_task(module: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    generator = np.random.default_rng(2)
    x = generator.normal(size=(200, 4)).astype(np.float32)
    counts = generator.poisson(np.exp(x[:, :1] * 0.5 + 1))
    np.savez(tmp_path / "rows.npz", x=x, target=counts.astype(np.float32))
    (tmp_path / "recipe.toml").write_text(RECIPE.replace('"module"', f'"{module}"'))
    edgekit.run(load_recipe(tmp_path / "recipe.toml"), out=tmp_path / "run")
    document = json.loads((tmp_path / "run" / "report.json").read_text())
    assert document["model"]["contract"]["outputs"]["counts"]["meaning"] == "counts"
    assert document["artifacts"][0]["parity"]["verdict"] == "pass"
    np.savez(tmp_path / "one.npz", x=x[:1])
    artifact = str(tmp_path / "run" / "artifacts" / "tflite-fp32")
    assert main(["predict", artifact, str(tmp_path / "one.npz"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["predictions"][0]["outputs"]["0"] > 0
