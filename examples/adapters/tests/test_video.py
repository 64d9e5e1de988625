"""A medium of one file: a model that tells dark videos from bright ones goes from a recipe to a verdict."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import edgekit
from edgekit.cli.main import main
from edgekit.contract.prose import contract_parts
from edgekit.recipe.reader import load_recipe
from edgekit.system.optional import tensorflow

RECIPE = """
name = "clips"
model = "saved"
labels = ["bright", "dark"]
[inputs.video]
kind = "video"
range = [0.0, 1.0]
[data]
test = "clips"
[variants]
build = ["tflite-fp32", "onnx-fp32"]
[parity]
max_drop = 0.5
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model, 20 videos of two classes, and a recipe."""
    folder = tmp_path_factory.mktemp("clips")
    tf = tensorflow()

    def serve(video: object) -> dict[str, object]:
        bright = tf.reduce_mean(video, [1, 2, 3, 4])[:, None]
        return {"probabilities": tf.nn.softmax(tf.concat([bright, 1 - bright], 1) * 8.0)}

    signature = tf.function(serve, input_signature=[tf.TensorSpec([None, 4, 8, 8, 3], tf.float32, name="video")])
    tf.saved_model.save(tf.Module(), str(folder / "saved"), signatures={"serving_default": signature})
    for label, level in (("dark", 40), ("bright", 210)):
        (folder / "clips" / label).mkdir(parents=True)
        for index in range(10):
            frames = [Image.fromarray(np.full((12, 16, 3), level + 3 * i + index, np.uint8)) for i in range(6)]
            path = folder / "clips" / label / f"{index}.gif"
            frames[0].save(path, save_all=True, append_images=frames[1:])
    (folder / "recipe.toml").write_text(RECIPE)
    return folder


@pytest.fixture(scope="module")
def run_folder(project: Path) -> Path:
    """The recipe, run."""
    edgekit.run(load_recipe(project / "recipe.toml"), out=project / "run")
    return project / "run"


def test_videos_are_judged(run_folder: Path) -> None:
    document = (run_folder / "report.json").read_text()
    assert '"kind": "video"' in document
    assert document.count('"verdict": "pass"') >= 2
    assert "data:image/jpeg" in (run_folder / "report.html").read_text()


def test_a_contract_says_how_it_is_fed(run_folder: Path) -> None:
    artifact = edgekit.load_artifact(run_folder / "artifacts" / "tflite-fp32")
    assert artifact.contract is not None
    steps = contract_parts(artifact.contract)[0].steps
    assert steps[0] == "4 frames of a video, evenly apart, in 8 bits of RGB"


def test_predict_takes_a_video(run_folder: Path, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        main(["predict", str(run_folder / "artifacts" / "tflite-fp32"), str(project / "clips" / "dark" / "3.gif")]) == 0
    )
    assert "dark" in capsys.readouterr().out


def test_a_broken_video_is_named(run_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "broken.gif").write_bytes(b"GIF89a and no more")
    assert main(["predict", str(run_folder / "artifacts" / "tflite-fp32"), str(tmp_path / "broken.gif")]) == 2
    assert "broken.gif: not a video" in capsys.readouterr().err
