"""Text, audio, and both with photos: tuned, shipped, and run from raw files where there is no TensorFlow."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgekit.cli.main import main
from edgekit.conversion.conversion import convert
from edgekit.errors import ModuleError
from edgekit.evaluation.parity import parity
from edgekit.original.finished import load_model
from edgekit.recipe.reader import load_recipe
from edgekit.recipe.recipe import ParityRecipe
from tests.environments import interpreter
from tests.hub_modules import save_module, weights
from tests.original.test_word_pieces import write_project

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def device() -> Path:
    """Python with tflite-runtime and without TensorFlow."""
    return interpreter("device")


def edgekit_on(device: Path, *words: str, code: int = 0) -> str:
    """Run a command of edgekit there; what it prints on stdout, or, if it is to fail, on stderr."""
    command = [str(device.parent / "edgekit"), *words]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=300, cwd=ROOT)
    assert done.returncode == code, done.stderr[-2000:]
    return done.stderr if code else done.stdout


@pytest.mark.parametrize("name", ["reviews", "digits_audio", "photo_and_text"])
def test_an_example_runs_and_its_artifacts_answer_alike_on_a_device(
    material: Path, device: Path, name: str, tmp_path: Path
) -> None:
    recipe, out = load_recipe(ROOT / "examples" / f"{name}.toml"), tmp_path / "run"
    for command in documented(name):
        words = [
            {"PHOTOS": str(material / "data" / "flowers"), "REVIEWS": str(material / "data" / "reviews.csv")}.get(
                word, word
            )
            for word in command
        ]
        if words[0] == "python":
            subprocess.run([sys.executable, *words[1:]], check=True, cwd=ROOT)
        else:
            place = words.index("--out") + 1
            assert main([*words[1:2], str(ROOT / words[2]), *words[3:place], str(out)]) in (0, 3)
    document = json.loads((out / "report.json").read_text())
    verdicts = {entry["variant"]: entry["parity"] for entry in document["artifacts"]}
    assert all(entry["error"] is None for entry in document["artifacts"])
    assert "fail" not in {verdict["verdict"] for verdict in verdicts.values()}
    for variant in ("tflite-fp32", "onnx-fp32"):
        assert verdicts[variant]["task"]["agreement"] == 1.0
    for variant in ("tflite-int8", "onnx-int8"):
        low, high = verdicts[variant]["task"]["drop_interval"]
        assert low <= 0.0 + recipe.parity.max_drop
        assert high <= 2 * recipe.parity.max_drop

    for variant in ("tflite-fp32", "tflite-int8", "onnx-fp32", "onnx-int8"):
        rule = ["--max-drop", str(recipe.parity.max_drop), "--data", str(held_out(material, name))]
        printed = edgekit_on(device, "parity", str(out / "model"), str(out / "artifacts" / variant), *rule, "--json")
        report = json.loads(printed)
        assert report["verdict"] == "pass"
        assert report["runtime"] == ("tflite_runtime" if variant.startswith("tflite") else "onnxruntime")
        assert report["samples"] == verdicts[variant]["samples"]
        if "fp32" in variant:
            assert report["task"]["agreement"] == 1.0


def documented(name: str) -> list[list[str]]:
    """Return the commands of docs/text-and-audio.md that are about an example, in words."""
    text = (ROOT / "docs" / "text-and-audio.md").read_text(encoding="utf-8")
    lines = [line for block in re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL) for line in block.splitlines()]
    found = [shlex.split(line) for line in lines if f"examples/{name}" in line]
    assert found, f"the docs show no command for {name}"
    return found


def held_out(material: Path, name: str) -> Path:
    """Return raw samples, the held-out ones among them: a table of sentences or paths, or a folder of sounds."""
    data = material / "data"
    made = ROOT / "build" / "photo_and_text" / "held_out.csv"
    return {"reviews": data / "reviews.csv", "digits_audio": data / "spoken_digits", "photo_and_text": made}[name]


@pytest.mark.parametrize("precision", ["fp32", "fp16", "dynamic", "int8", "int8full", "int16x8"])
def test_every_precision_passes_on_a_device(device: Path, demo_run: Path, digits: Path, precision: str) -> None:
    artifact = demo_run / "artifacts" / f"tflite-{precision}"
    report = json.loads(
        edgekit_on(device, "parity", str(demo_run / "model"), str(artifact), "--data", str(digits), "--json")
    )
    assert (report["runtime"], report["verdict"]) == ("tflite_runtime", "pass")


def test_ops_that_old_kernels_lack_or_read_otherwise(device: Path, tmp_path: Path) -> None:
    """Ops that tflite-runtime 2.14 refuses as integers, and weights of which it reads one scale only."""
    from edgekit.system.optional import tensorflow

    tf = tensorflow()
    first, second, third = weights(16, 64), weights(1, 8, 256, seed=1), weights(256, 4, seed=2)

    def call(x: dict[str, Any]) -> dict[str, Any]:
        hidden = tf.nn.gelu(x["x"] @ first)
        centred = hidden - tf.reduce_mean(hidden, 1, keepdims=True)
        normal = centred * tf.math.rsqrt(tf.reduce_sum(centred**2, 1, keepdims=True) / 64 + 0.1)
        normal = normal / tf.sqrt(1.0 + tf.abs(normal))
        rows = tf.unstack(tf.matmul(tf.reshape(normal, [-1, 8, 8]), second), axis=1)
        return {"y": tf.tanh(rows[0] + rows[5]) @ third}

    save_module(
        tmp_path / "saved", {"x": ("float32", (None, 16))}, {"y": ("float32", (None, 4))}, call, [first, second, third]
    )
    values = np.random.default_rng(0).normal(size=[400, 16]).astype(np.float32)
    np.savez(tmp_path / "train.npz", x=values[:200])
    np.savez(tmp_path / "values.npz", x=values[200:])
    (tmp_path / "recipe.toml").write_text(
        f'name = "ops"\nmodel = "{tmp_path / "saved"}"\n[data]\ntrain = "train.npz"\ntest = "values.npz"\n'
        '[variants]\nbuild = ["tflite-dynamic", "tflite-int8", "tflite-int16x8"]\n'
        '[parity]\nmetric = "sqnr"\nthreshold = 5.0\n'
    )
    out = tmp_path / "run"
    assert main(["run", str(tmp_path / "recipe.toml"), "--out", str(out)]) == 0
    for variant in ("tflite-dynamic", "tflite-int8", "tflite-int16x8"):
        rule = ["--metric", "sqnr", "--threshold", "5", "--data", str(tmp_path / "values.npz"), "--json"]
        report = json.loads(edgekit_on(device, "parity", str(out / "model"), str(out / "artifacts" / variant), *rule))
        assert report["outputs"]["y"]["sqnr_db"] > 20, variant


def test_word_pieces_on_a_device(device: Path, tmp_path: Path) -> None:
    """A tokenizer of one wheel, and no TensorFlow, take a sentence to its answer."""
    recipe = write_project(tmp_path)
    assert main(["run", str(recipe), "--out", str(tmp_path / "run")]) in (0, 3)
    for variant in ("tflite-dynamic", "onnx-int8"):
        model, artifact = tmp_path / "run" / "model", tmp_path / "run" / "artifacts" / variant
        data = ["--data", str(tmp_path / "moods.csv"), "--max-drop", "0.5", "--json"]
        report = json.loads(edgekit_on(device, "parity", str(model), str(artifact), *data))
        assert report["verdict"] == "pass"
        assert report["runtime"] in ("tflite_runtime", "onnxruntime")


def test_samples_that_the_original_has_not_answered_need_tensorflow(
    device: Path, demo_run: Path, digits: Path, tmp_path: Path
) -> None:
    model, artifact = str(demo_run / "model"), str(demo_run / "artifacts" / "tflite-int8")
    other = tmp_path / "few"
    for digit in sorted(digits.iterdir())[:2]:
        shutil.copytree(digit, other / digit.name)
    said = edgekit_on(device, "parity", model, artifact, "--data", str(other), code=4)
    assert "asking the original about other samples than its run did needs tensorflow" in said


def test_basic_pitch_and_its_authors_own_files(material: Path, tmp_path: Path) -> None:
    place = material / "models" / "basic_pitch"
    model = load_model(place / "nmp", out=tmp_path / "model")
    name = model.contract.inputs[0].name
    sound = np.random.default_rng(0).normal(0, 0.1, [6, 43844, 1]).astype(np.float32)
    data, tflite = {name: sound}, convert(model, "tflite-fp32", out=tmp_path / "artifacts")
    assert tflite.front is None, "all its ops have builtins"
    theirs = {"onset": "StatefulPartitionedCall:2", "note": "StatefulPartitionedCall:1"}
    names = {**theirs, "contour": "StatefulPartitionedCall:0"}
    for artifact, told in ((tflite, {}), (place / "nmp.tflite", {}), (place / "nmp.onnx", names)):
        report = parity(model, artifact, data=data, rule=ParityRecipe(metric="sqnr", threshold=90), names=told)
        assert set(report.to_json()["outputs"]) == {"contour", "note", "onset"}
        assert min(output["sqnr_db"] for output in report.to_json()["outputs"].values()) > 90
    swapped = {**names, "note": names["onset"], "onset": names["note"]}
    assert (
        parity(
            model, place / "nmp.onnx", data=data, rule=ParityRecipe(metric="sqnr", threshold=90), names=swapped
        ).verdict
        == "fail"
    )


def test_an_op_of_tf_text_is_refused_by_name(
    material: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    module = material / "modules" / "tf_text_segmenter"
    with pytest.raises(ModuleError, match=r"needs the op TokenizerFromLogits \(graph, node .*use a module without it"):
        load_model(module, out=tmp_path / "model")
    assert main(["convert", str(module), "tflite-fp32", "--out", str(tmp_path / "out")]) == 2
    assert "TokenizerFromLogits" in capsys.readouterr().err
    assert main(["inspect", str(module)]) == 0
    assert "TokenizerFromLogits is no op of TensorFlow" in capsys.readouterr().out
