"""Google's clients read our metadata: a text and an audio classifier answer as our session does."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from edgekit.contract.contract import Contract, InputSpec, OutputSpec
from edgekit.formats.tflite.metadata_writer import describe
from edgekit.frontend import Node, Port, Program, save_program
from edgekit.inference.sessions import open_session
from edgekit.models.artifact import Artifact, load_artifact
from edgekit.pipeline.pipeline import run
from edgekit.recipe.reader import load_recipe
from edgekit.system.optional import tensorflow
from tests.environments import interpreter
from tests.hub_modules import save_module, weights
from tests.original.test_word_pieces import write_project

ASK = """
import json, sys
from mediapipe.tasks.python import BaseOptions, audio, text
from mediapipe.tasks.python.components import containers

base = BaseOptions(model_asset_path=sys.argv[2])
told = json.load(sys.stdin)
if sys.argv[1] == "text":
    classifier = text.TextClassifier.create_from_options(text.TextClassifierOptions(base_options=base))
    found = [classifier.classify(each) for each in told]
else:
    import numpy as np
    classifier = audio.AudioClassifier.create_from_options(audio.AudioClassifierOptions(base_options=base))
    sounds = [containers.AudioData.create_from_array(np.array(each, np.float32), 8000) for each in told]
    found = [classifier.classify(each)[0] for each in sounds]
scores = [{each.category_name: each.score for each in one.classifications[0].categories} for one in found]
json.dump(scores, sys.stdout)
"""
RATE = 8000
TONES = {"low": 300, "middle": 900, "high": 2500}
RECIPE = """
name = "tones"
[inputs.sound]
module = "module"
kind = "audio"
sample_rate = 8000
[data]
train = "sounds"
validation = 0.3
[train]
epochs = 10
learning_rate = 1e-2
[variants]
build = ["tflite-fp32", "tflite-int8"]
calibration = 20
[parity]
max_drop = 0.2
"""


def answers(kind: str, artifact: Artifact, told: list[Any]) -> np.ndarray[Any, Any]:
    """Return MediaPipe's scores, in the order of the contract's labels."""
    words = [str(interpreter("mediapipe")), "-c", ASK, kind, str(artifact.file)]
    done = subprocess.run(words, input=json.dumps(told), capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert artifact.contract is not None
    return np.array(
        [[one[label] for label in artifact.contract.outputs[0].labels or ()] for one in json.loads(done.stdout)]
    )


def test_a_text_classifier_answers_as_our_session(tmp_path: Path) -> None:
    run(load_recipe(write_project(tmp_path)), tmp_path / "run")
    artifact = load_artifact(tmp_path / "run" / "artifacts" / "tflite-fp32")
    assert artifact.unsaid == ("text: that accents are taken off",)
    said = ["a good film", "The BAD plot!", "films is not goodly, bad", "", "good film " * 9]
    with open_session(artifact) as session:
        ours = session.run(text=np.array(said, object))["probabilities"]
    assert answers("text", artifact, said) == pytest.approx(ours, abs=1e-5)
    assert ours.argmax(1).tolist()[:2] == [1, 0]
    assert np.ptp(ours[:, 0]) > 0.5


def test_an_audio_classifier_answers_as_our_session(tmp_path: Path) -> None:
    tf = tensorflow()
    first, second = weights(64, 1, 1, 8, seed=1), weights(8, 1, 8, 16, seed=2)

    def call(x: dict[str, Any]) -> dict[str, Any]:
        hidden = tf.nn.relu(tf.nn.conv2d(x["waveform"][:, :, None, None], first, [1, 16, 1, 1], "SAME"))
        return {"default": tf.reduce_mean(tf.nn.relu(tf.nn.conv2d(hidden, second, [1, 4, 1, 1], "SAME")), [1, 2])}

    takes, gives = {"waveform": ("float32", (None, RATE))}, {"default": ("float32", (None, 16))}
    save_module(tmp_path / "module", takes, gives, call, [first, second])  # type: ignore[arg-type]
    draw, sounds = np.random.default_rng(0), []
    for place in range(90):
        label = list(TONES)[place % 3]
        hertz = TONES[label] * draw.uniform(0.8, 1.2)
        sounds.append(0.4 * np.sin(2 * np.pi * hertz * np.arange(RATE) / RATE) + draw.normal(0, 0.05, RATE))
        (tmp_path / "sounds" / label).mkdir(parents=True, exist_ok=True)
        soundfile.write(tmp_path / "sounds" / label / f"{place}.wav", sounds[-1], RATE, subtype="FLOAT")
    (tmp_path / "recipe.toml").write_text(RECIPE)
    run(load_recipe(tmp_path / "recipe.toml"), tmp_path / "run")
    told = [np.float32(sound).tolist() for sound in sounds[:6]]
    for variant in ("tflite-fp32", "tflite-int8"):
        artifact = load_artifact(tmp_path / "run" / "artifacts" / variant)
        with open_session(artifact) as session:
            ours = session.run(sound=np.array(told, np.float32))["probabilities"]
        assert answers("audio", artifact, told) == pytest.approx(ours, abs=1e-5)
        assert np.ptp(ours) > 0.2


def test_a_front_end_that_it_has_not_is_said(demo_run: Path, tmp_path: Path) -> None:
    shape = (None, 4)
    port = Port(name="text", tensor="text:0", dtype="string", shape=(None,))
    made = Port(name="features", tensor="features:0", dtype="float32", shape=shape)
    node = Node(op="StringToHashBucketFast", inputs=("text:0",), outputs=("features:0",), attrs={"num_buckets": 5})
    save_program(Program(inputs=(port,), outputs=(made,), nodes=(node,), constants={}, tables={}), tmp_path / "front")
    model = tmp_path / "model.tflite"
    model.write_bytes((demo_run / "artifacts" / "tflite-fp32" / "model.tflite").read_bytes())
    contract = Contract(
        inputs=(InputSpec.of("tensor", name="image", dtype="float32", shape=(None, 32, 32, 3), key="image"),),
        outputs=(
            OutputSpec(name="probabilities", meaning="probabilities", dtype="float32", shape=(None, 10), key="y"),
        ),
    )
    found = describe(model, contract, name="x", front=tmp_path / "front")
    assert found == ["text: what the front end makes of it, which MediaPipe has not: it cannot take this file"]
