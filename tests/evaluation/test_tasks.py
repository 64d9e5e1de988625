"""Models without classes: embeddings, generators, sequences with several outputs; from module to verdict."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgekit.cli.main import main
from edgekit.errors import DataError, ModuleError, RecipeError
from edgekit.evaluation.parity import parity
from edgekit.inference.sessions import open_session
from edgekit.original.finished import load_model
from edgekit.pipeline.pipeline import run
from edgekit.recipe.reader import load_recipe
from edgekit.recipe.recipe import ParityRecipe
from tests.hub_modules import save_generator, save_tracker


def write_recipe(folder: Path, text: str) -> Path:
    path = folder / "recipe.toml"
    path.write_text(text, encoding="utf-8")
    return path


def outcome(folder: Path, text: str) -> dict[str, Any]:
    """Run a recipe and return the parity of each variant."""
    document = run(load_recipe(write_recipe(folder, text)), folder / "run").to_json()
    assert [entry["error"] for entry in document["artifacts"]] == [None] * len(document["artifacts"])
    assert (folder / "run" / "report.html").is_file()
    json.loads((folder / "run" / "report.json").read_text(), parse_constant=pytest.fail)  # no NaN, no Infinity
    return {entry["variant"]: entry["parity"] for entry in document["artifacts"]}


def test_an_embedding_of_photos(
    demo_run: Path, digits: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = f"""
        name = "vectors"
        [inputs.image]
        module = "{demo_run / "source" / "module"}"
        [head]
        task = "embedding"
        [data]
        train = "{digits}"
        [variants]
        build = ["tflite-fp32", "tflite-int8", "onnx-fp32"]
    """
    found = outcome(tmp_path, text)
    model = load_model(tmp_path / "run" / "model")
    (output,) = model.contract.outputs
    assert (output.name, output.meaning, output.shape) == ("embedding", "embedding", (None, 256))
    for name in ("tflite-fp32", "onnx-fp32"):
        task = found[name]["task"]
        assert (task["metric"], task["threshold"], task["agreement"]) == ("cosine", 0.98, 1.0)
        assert task["candidate"] == pytest.approx(1, abs=1e-5)
        assert found[name]["verdict"] == "pass"
    assert 0.9 < found["tflite-int8"]["task"]["candidate"] < 1
    assert found["tflite-int8"]["gates"][2]["name"] == "cosine at least 0.98"
    page = (tmp_path / "run" / "report.html").read_text()
    assert "Median cosine" in page
    assert "The samples whose answers are least alike" in page
    assert "s answer</dt>" not in page
    again = parity(model, tmp_path / "run/artifacts/tflite-int8", data=digits)
    assert again.to_json()["samples"] == found["tflite-int8"]["samples"], "a run and parity judge by the same samples"
    assert again.to_json()["task"] == found["tflite-int8"]["task"]
    near = ["--metric", "neighbours", "--max-drop", "0.5", "--data", str(digits)]
    assert main(["parity", str(model.path), str(tmp_path / "run/artifacts/tflite-int8"), *near]) == 0
    assert "same nearest neighbour" in capsys.readouterr().out


GENERATOR = """
    name = "painter"
    [inputs.latent]
    module = "generator"
    [head]
    task = "none"
    [data]
    train = "latents.npz"
    [variants]
    build = ["tflite-fp32", "tflite-int8", "onnx-fp16"]
    [parity]
"""


@pytest.fixture
def generator(tmp_path: Path) -> Path:
    save_generator(tmp_path / "generator")
    latents = np.random.default_rng(0).normal(size=[1000, 4]).astype(np.float32)
    np.savez(tmp_path / "latents.npz", latent=latents)
    return tmp_path


def test_pictures_of_a_generator(generator: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = outcome(generator, GENERATOR + 'metric = "ssim"')
    assert {parity["verdict"] for parity in found.values()} == {"pass"}
    assert found["tflite-int8"]["samples"] == 200
    assert found["tflite-int8"]["task"]["candidate"] < found["onnx-fp16"]["task"]["candidate"] <= 1
    assert main(["run", str(generator / "recipe.toml"), "--out", str(generator / "run")]) == 0
    printed = capsys.readouterr().out
    assert "score: median SSIM; agree: samples from 0.95 on, in %" in printed
    assert [line for line in printed.splitlines() if len(line) > 80 and not line.startswith("report: ")] == []


def test_a_generator_that_paints_in_other_colours_fails(generator: Path) -> None:
    from edgekit.conversion.conversion import convert
    from edgekit.system.optional import tensorflow

    outcome(generator, GENERATOR + 'metric = "psnr"')
    tf = tensorflow()
    original = load_model(generator / "run" / "model")
    loaded = tf.saved_model.load(str(original.path))
    swapped = tf.function(
        lambda latent: {"picture": loaded.signatures["serving_default"](latent=latent)["picture"][..., ::-1]},
        input_signature=[tf.TensorSpec([None, 4], tf.float32, name="latent")],
    )
    tf.saved_model.save(loaded, str(generator / "swapped"), signatures={"serving_default": swapped})
    artifact = convert(load_model(generator / "swapped", out=generator / "other"), "tflite-fp32", out=generator / "bad")
    for metric in ("psnr", "ssim"):
        report = parity(original, artifact, data=generator / "latents.npz", rule=ParityRecipe(metric=metric))
        assert report.verdict == "fail", metric


def test_a_sequence_with_several_outputs(tmp_path: Path) -> None:
    save_tracker(tmp_path / "tracker")
    signal = np.random.default_rng(0).normal(size=[1200, 12, 4]).astype(np.float32)
    np.savez(tmp_path / "signals.npz", signal=signal)
    text = GENERATOR.replace("generator", "tracker").replace("latents", "signals").replace("latent", "signal")
    found = outcome(tmp_path, text + 'metric = "sqnr"\nthreshold = 25.0')
    assert set(found["tflite-int8"]["outputs"]) == {"states", "boxes"}
    names = [gate["name"] for gate in found["tflite-int8"]["gates"]]
    assert names == ["finite outputs", "same contract", "SQNR of boxes at least 25 dB", "SQNR of states at least 25 dB"]
    assert found["tflite-fp32"]["verdict"] == "pass"
    cosine = parity(
        tmp_path / "run/model",
        tmp_path / "run/artifacts/tflite-fp32",
        data=tmp_path / "signals.npz",
        rule=ParityRecipe(metric="cosine"),
    )
    left_out, others = cosine.to_json()["warnings"]
    assert left_out.endswith("samples were left out: they trained the model or calibrated the artifact")
    assert others == "not judged, only measured: states; metric 'sqnr' judges all outputs"


def test_one_bad_output_of_several_fails(tmp_path: Path) -> None:
    from edgekit.conversion.conversion import convert
    from edgekit.data.loading import load_samples
    from edgekit.evaluation.comparison import compare
    from edgekit.evaluation.parity import Check
    from edgekit.evaluation.reference import original_answers
    from edgekit.evaluation.similarity import Similarities
    from edgekit.inference.placement import Placement

    model = load_model(save_tracker(tmp_path / "tracker"), out=tmp_path / "model")
    samples = load_samples({"signal": np.random.default_rng(0).normal(size=[400, 12, 4]).astype(np.float32)})
    artifact = convert(model, "tflite-fp32", out=tmp_path / "out")
    rule = ParityRecipe(metric="sqnr", threshold=30.0)
    check = Check(model, samples, original_answers(model, samples, tmp_path), rule, Placement())
    made = compare(check.shard(artifact, 0, 400))
    assert check.judge().report(artifact, made).verdict == "pass"
    assert isinstance(made.evidence, Similarities)
    made.evidence.values["boxes"][0][:] = 29.9
    report = check.judge().report(artifact, made)
    assert report.verdict == "fail"
    assert "SQNR of boxes at least 30 dB" in report.message
    assert report.to_json()["task"]["output"] == "boxes"


def test_several_modules_without_a_head(tmp_path: Path) -> None:
    save_tracker(tmp_path / "tracker")
    draw = np.random.default_rng(0)
    signals = {name: draw.normal(size=[60, 12, 4]).astype(np.float32) for name in ("left", "right")}
    np.savez(tmp_path / "both.npz", left=signals["left"], right=signals["right"])
    inputs = "".join(f'[inputs.{name}]\nmodule = "tracker"\noutput = "boxes"\n' for name in signals)
    rest = '[data]\ntest = "both.npz"\n[variants]\nbuild = ["onnx-fp32"]\n[parity]\nmax_drop = 0.1\n'
    outcome(tmp_path, f'name = "pair"\n{inputs}[head]\ntask = "embedding"\n{rest}')
    with open_session(tmp_path / "run" / "model") as session:
        assert session.run(**signals)["embedding"].shape == (60, 8)
    (tmp_path / "all").mkdir()
    text = f'name = "pair"\n{inputs}[head]\ntask = "none"\n{rest}metric = "sqnr"\n'.replace('"tracker"', '"../tracker"')
    outcome(tmp_path / "all", text.replace("both.npz", "../both.npz"))
    with open_session(tmp_path / "all" / "run" / "model") as session:
        assert set(session.run(**signals)) == {"left_states", "left_boxes", "right_states", "right_boxes"}


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (("[data]", "layers = [{ dense = 4 }]\n[data]"), RecipeError, r"\[head\] layers do not go with task = 'none'"),
        (("[data]", "[train]\nepochs = 3\n[data]"), RecipeError, r"\[train\] does not go with task = 'none'"),
        (('"none"', '"embedding"'), ModuleError, r"gives picture \[\?, 16, 16, 3\]: an embedding is a vector"),
        (
            ('"none"', '"regresion"'),
            RecipeError,
            "has to be one of classification, multilabel, regression, embedding, none",
        ),
        (("[parity]", '[parity]\nmetric = "accuracy"'), DataError, "'accuracy' needs a model with one output that has"),
        (("[parity]", '[parity]\nmetric = "simm"'), RecipeError, "did you mean 'ssim'"),
        (("[parity]", "[parity]\nthreshold = 30.0"), RecipeError, "a threshold goes with a metric that has one"),
    ],
)
def test_what_does_not_fit_is_said(
    generator: Path, change: tuple[str, str], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        outcome(generator, GENERATOR.replace(*change))


def test_any_signature_of_a_finished_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from edgekit.system.optional import tensorflow

    tf = tensorflow()
    module = tf.Module()
    spec = [tf.TensorSpec([None, 3], tf.float32, name="x")]
    signatures = {
        "double": tf.function(lambda x: {"twice": x * 2}, input_signature=spec),
        "square": tf.function(lambda x: {"squared": x * x}, input_signature=spec),
    }
    tf.saved_model.save(module, str(tmp_path / "both"), signatures=signatures)
    with pytest.raises(
        ModuleError, match=r"no signature 'serving_default' \(it has: double, square\); name one by sig"
    ):
        load_model(tmp_path / "both")
    with pytest.raises(ModuleError, match="no signature 'sqare'; did you mean 'square'"):
        load_model(tmp_path / "both", signature="sqare")
    for name, output in (("square", "squared"), ("double", "twice")):
        assert [spec.name for spec in load_model(tmp_path / "both", signature=name).contract.outputs] == [output]
    np.savez(tmp_path / "x.npz", x=np.random.default_rng(0).normal(size=[40, 3]).astype(np.float32))
    text = (
        'name = "s"\nmodel = "both"\nsignature = "square"\n[data]\ntest = "x.npz"\n[variants]\nbuild = ["onnx-fp32"]\n'
    )
    found = outcome(tmp_path, text + '[parity]\nmetric = "sqnr"\nmax_drop = 0.2\n')
    assert list(found["onnx-fp32"]["outputs"]) == ["squared"]
    arguments = [str(tmp_path / "both"), "onnx-fp32", "--signature", "double", "--out", str(tmp_path / "double")]
    assert main(["convert", *arguments]) == 0
    with open_session(tmp_path / "double" / "onnx-fp32") as session:
        assert session.run(x=np.ones([1, 3], np.float32))["twice"].tolist() == [[2.0, 2.0, 2.0]]
    assert capsys.readouterr().out


def test_a_module_that_lists_no_variables(tmp_path: Path) -> None:
    """A plain ``tf.Module`` with ``__call__``, saved as it is; its variables are tracked, and listed nowhere."""
    from edgekit.system.optional import tensorflow

    tf = tensorflow()
    module = tf.Module()
    module.weights = tf.Variable(np.random.default_rng(0).normal(size=[5, 3]).astype(np.float32))
    call = tf.function(lambda x: x @ module.weights, input_signature=[tf.TensorSpec([None, 5], tf.float32, name="x")])
    module.__call__ = call
    tf.saved_model.save(module, str(tmp_path / "plain"), signatures=call.get_concrete_function())
    np.savez(tmp_path / "x.npz", x=np.random.default_rng(1).normal(size=[60, 5]).astype(np.float32))
    inputs = '[inputs.x]\nmodule = "plain"\n[head]\ntask = "embedding"\n[data]\ntest = "x.npz"\n'
    text = f'name = "p"\n{inputs}[variants]\nbuild = ["tflite-fp32"]\n[parity]\nmax_drop = 0.2\n'
    assert outcome(tmp_path, text)["tflite-fp32"]["task"]["agreement"] == 1.0
