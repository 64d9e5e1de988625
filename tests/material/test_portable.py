"""Text, audio, and both with photos: tuned, shipped, and run from raw files where there is no TensorFlow."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from edgekit.checks import parity
from edgekit.cli import main
from edgekit.conversion import convert
from edgekit.errors import ModuleError
from edgekit.models import TunedModel, load_model
from edgekit.recipe import load_recipe
from edgekit.sessions import open_session

ROOT = Path(__file__).parent.parent.parent

ON_DEVICE = """
import sys
import numpy as np
from edgekit.data import load_samples
from edgekit.sessions import open_session
samples = load_samples(sys.argv[2])
with open_session(sys.argv[1]) as session:
    runs = [session.run(**samples.read(i, i + 1, session.contract)) for i in range(len(samples))]
assert "tensorflow" not in sys.modules
np.save(sys.argv[3], np.concatenate([run["probabilities"] for run in runs]))
print(session.runtime)
"""


@pytest.fixture(scope="module")
def device() -> Path:
    """Python with tflite-runtime and without TensorFlow."""
    python = ROOT / ".venv-device" / "bin" / "python"
    if not python.exists():
        if os.environ.get("EDGEKIT_REQUIRE_MATERIAL") == "1":
            pytest.fail(f"no {python}: make device")
        pytest.skip(f"no {python}: make device")
    return python


def answers_on_device(device: Path, artifact: Path, data: Path, out: Path) -> tuple[str, np.ndarray]:
    command = [str(device), "-c", ON_DEVICE, str(artifact), str(data), str(out)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=300, cwd=out.parent)
    return done.stdout.strip(), np.load(out)


def answers_here(model: TunedModel, data: Path) -> np.ndarray:
    from edgekit.data import load_samples

    samples = load_samples(data)
    with open_session(model) as session:
        return session.run(**samples.read(0, len(samples), model.contract))["probabilities"]


@pytest.mark.parametrize("name", ["reviews", "digits_audio", "photo_and_text"])
def test_an_example_runs_and_its_artifacts_answer_alike_on_a_device(
    material: Path, device: Path, name: str, tmp_path: Path
) -> None:
    recipe, out = load_recipe(ROOT / "examples" / f"{name}.toml"), tmp_path / "run"
    for command in documented(name):
        words = [{"PHOTOS": str(material / "data" / "flowers"), "REVIEWS": str(material / "data" / "reviews.csv")}
                 .get(word, word) for word in command]  # fmt: skip
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

    raw = few(material, recipe.name, tmp_path)
    model = load_model(tmp_path / "run" / "model")
    expected = answers_here(model, raw)
    for variant in ("tflite-fp32", "tflite-int8", "onnx-fp32", "onnx-int8"):
        artifact = tmp_path / "run" / "artifacts" / variant
        runtime, found = answers_on_device(device, artifact, raw, tmp_path / f"{variant}.npy")
        assert runtime == ("tflite_runtime" if variant.startswith("tflite") else "onnxruntime")
        agreement = (found.argmax(1) == expected.argmax(1)).mean()
        assert agreement == 1.0 if "fp32" in variant else agreement >= 0.85


def documented(name: str) -> list[list[str]]:
    """Return the commands of docs/text-and-audio.md that are about an example, in words."""
    text = (ROOT / "docs" / "text-and-audio.md").read_text(encoding="utf-8")
    lines = [line for block in re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL) for line in block.splitlines()]
    found = [shlex.split(line) for line in lines if f"examples/{name}" in line]
    assert found, f"the docs show no command for {name}"
    return found


def few(material: Path, name: str, scratch: Path) -> Path:
    """Return some raw samples: files, not arrays."""
    if name == "digits_audio":
        return material / "data" / "spoken_digits"
    made = ROOT / "build" / "photo_and_text" / "held_out.csv"
    source = material / "data" / "reviews.csv" if name == "reviews" else made
    (scratch / "few.csv").write_text("\n".join(source.read_text(encoding="utf-8").splitlines()[:100]) + "\n", "utf-8")
    return scratch / "few.csv"


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
        report = parity(model, artifact, data=data, min_sqnr=90, names=told)
        assert set(report.value["outputs"]) == {"contour", "note", "onset"}
        assert min(output["sqnr_db"] for output in report.value["outputs"].values()) > 90
    swapped = {**names, "note": names["onset"], "onset": names["note"]}
    assert parity(model, place / "nmp.onnx", data=data, min_sqnr=90, names=swapped).verdict == "fail"


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
