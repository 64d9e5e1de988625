"""Encoders that take word pieces: from a CSV file of sentences to artifacts that take sentences themselves."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from edgekit.errors import ArtifactError, EdgekitError
from edgekit.evaluation.parity import parity
from edgekit.inference.sessions import open_session
from edgekit.models.artifact import load_artifact
from edgekit.original.finished import load_model
from edgekit.pipeline.pipeline import run
from edgekit.recipe.reader import load_recipe
from edgekit.system.digests import tree_digest
from tests.hub_modules import VOCABULARY, save_encoder, save_generator, save_module, save_vocabulary, weights

RECIPE = """
name = "moods"
[inputs.text]
module = "encoder"
vocabulary = "vocabulary.txt"
tokens = 12
[data]
train = "moods.csv"
validation = 0.5
[train]
epochs = 4
learning_rate = 1e-2
fine_tune = { epochs = 6, learning_rate = 1e-2 }
[variants]
build = ["tflite-fp32", "tflite-dynamic", "onnx-fp32", "onnx-int8"]
calibration = 20
[parity]
max_drop = 0.1
"""


def write_project(folder: Path, *, length: int | None = None, dtype: str = "int32") -> Path:
    """Write an encoder, its vocabulary, sentences and a recipe; return the recipe's path."""
    save_encoder(folder / "encoder", length=length, dtype=dtype)
    save_vocabulary(folder / "vocabulary.txt")
    draw = np.random.default_rng(0)
    with (folder / "moods.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label"])
        for number in range(200):
            label = ("bad", "good")[number % 2]
            words = draw.choice(["film", "plot", "a", "the", "is", "films"], size=draw.integers(1, 9)).tolist()
            writer.writerow([f"{' '.join(words)} {label} {number}", label])
    (folder / "recipe.toml").write_text(RECIPE, encoding="utf-8")
    return folder / "recipe.toml"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("moods")
    run(load_recipe(write_project(folder)), folder / "run")
    return folder


def test_original_and_artifacts_take_sentences(project: Path) -> None:
    document = json.loads((project / "run" / "report.json").read_text())
    assert {entry["variant"]: entry["error"] for entry in document["artifacts"]} == dict.fromkeys(
        ("tflite-fp32", "tflite-dynamic", "onnx-fp32", "onnx-int8")
    )
    for entry in document["artifacts"]:
        assert entry["parity"]["verdict"] != "fail", entry["variant"]
        assert entry["parity"]["task"]["reference"] > 0.9
        if entry["variant"].endswith("fp32"):
            assert entry["parity"]["task"]["agreement"] == 1.0
    said = ["a good film", "The BAD plot!", ""]
    with open_session(project / "run" / "model") as session:
        expected = session.run(text=np.array(said, object))["probabilities"]
    assert expected[:2].argmax(1).tolist() == [1, 0]
    for variant in ("tflite-fp32", "onnx-fp32"):
        with open_session(project / "run" / "artifacts" / variant) as session:
            np.testing.assert_allclose(session.run(text=np.array(said, object))["probabilities"], expected, atol=1e-5)


def test_the_saved_model_itself_is_a_hub_module_that_takes_word_pieces(project: Path) -> None:
    import tensorflow_hub as hub

    from edgekit.system.optional import tensorflow

    tf = tensorflow()
    names = ("text_input_mask", "text_input_type_ids", "text_input_word_ids")
    layer = hub.KerasLayer(str(project / "run" / "model"))
    assert layer({name: tf.ones([3, 12], tf.int32) for name in names})["probabilities"].shape == (3, 2)
    assert sorted(spec.name for spec in load_model(project / "run" / "model").served().inputs) == list(names)


def test_one_wrong_line_in_the_vocabulary_is_noticed(project: Path, tmp_path: Path) -> None:
    import shutil

    shutil.copytree(project / "run" / "artifacts" / "tflite-fp32", tmp_path / "bad")
    file = next((tmp_path / "bad" / "frontend").glob("vocabulary-*.txt"))
    words = file.read_text().replace("good\nbad\n", "bad\ngood\n")
    assert words != file.read_text()
    file.write_text(words)
    with pytest.raises(ArtifactError, match="is not the front end"):
        load_artifact(tmp_path / "bad")
    value = json.loads((tmp_path / "bad" / "artifact.json").read_text())
    value["frontend"]["sha256"] = tree_digest(file.parent).removeprefix("sha256:")
    (tmp_path / "bad" / "artifact.json").write_text(json.dumps(value))
    assert parity(project / "run" / "model", tmp_path / "bad", data=project / "moods.csv").verdict == "fail"


def test_another_vocabulary_is_another_model(project: Path) -> None:
    from edgekit.pipeline.run_folder import _training_part

    before = _training_part(load_recipe(project / "recipe.toml"))
    path = project / "vocabulary.txt"
    kept = path.read_text()
    path.write_text(kept + "more\n")
    try:
        assert _training_part(load_recipe(project / "recipe.toml")) != before
    finally:
        path.write_text(kept)
    assert _training_part(load_recipe(project / "recipe.toml")) == before


def test_word_pieces_beside_a_module_with_strings_in_its_graph(tmp_path: Path) -> None:
    """One front end of both: the tokenizer of one input, and what was cut off the graph for another."""
    from edgekit.system.optional import tensorflow

    tf = tensorflow()
    path = write_project(tmp_path, dtype="int64")
    table = weights(50, 4)
    save_module(
        tmp_path / "hashed",
        {"note": ("string", (None,))},
        {"default": ("float32", (None, 4))},
        lambda x: {"default": tf.gather(table, tf.strings.to_hash_bucket_fast(tf.strings.lower(x["note"]), 50))},
        [table],
    )
    rows = (tmp_path / "moods.csv").read_text().splitlines()
    table_of_two = [
        "text,note,label",
        *(f"{row.split(',')[0]},Note {number},{row.split(',')[1]}" for number, row in enumerate(rows[1:])),
    ]
    (tmp_path / "moods.csv").write_text("\n".join(table_of_two) + "\n")
    text = RECIPE.replace("[data]", '[inputs.note]\nmodule = "hashed"\n[data]').replace(
        '"tflite-fp32", "tflite-dynamic", "onnx-fp32", "onnx-int8"', '"tflite-fp32", "onnx-fp32"'
    )
    path.write_text(text)
    document = run(load_recipe(path), tmp_path / "run").to_json()
    for entry in document["artifacts"]:
        assert entry["error"] is None
        assert entry["parity"]["task"]["agreement"] == 1.0
    program = json.loads((tmp_path / "run" / "artifacts" / "onnx-fp32" / "frontend" / "program.json").read_text())
    ops = {node["op"] for node in program["nodes"]}
    assert {"WordPieces", "StringLower", "StringToHashBucketFast"} <= ops


FINISHED = """
name = "vectors"
model = "encoder"
[inputs.sentence]
vocabulary = "vocabulary.txt"
tokens = 9
[data]
test = "sentences.csv"
[variants]
build = ["tflite-fp32", "onnx-fp32"]
[parity]
metric = "sqnr"
threshold = 60.0
max_drop = 0.2
"""


def test_a_finished_model_takes_sentences_too(project: Path, tmp_path: Path) -> None:
    for name in ("encoder", "vocabulary.txt"):
        (tmp_path / name).symlink_to(project / name)
    texts = [line.split(",")[0] for line in (project / "moods.csv").read_text().splitlines()[1:60]]
    (tmp_path / "sentences.csv").write_text("\n".join(["sentence", *texts]) + "\n")
    (tmp_path / "recipe.toml").write_text(FINISHED)
    document = run(load_recipe(tmp_path / "recipe.toml"), tmp_path / "run").to_json()
    for entry in document["artifacts"]:
        assert entry["error"] is None
        assert entry["parity"]["verdict"] == "pass"
        assert set(entry["parity"]["outputs"]) == {"default", "sequence_output"}
    with open_session(tmp_path / "run" / "artifacts" / "tflite-fp32") as session:
        assert session.run(sentence=np.array(["a film"], object))["sequence_output"].shape == (1, 9, 8)
    assert "input_word_ids" not in (tmp_path / "run" / "model" / "contract.json").read_text()
    again = run(load_recipe(tmp_path / "recipe.toml"), tmp_path / "run").to_json()
    assert again["model"]["digest"] == document["model"]["digest"]


def test_a_finished_model_without_word_pieces_has_no_use_for_a_vocabulary(project: Path, tmp_path: Path) -> None:
    (tmp_path / "vocabulary.txt").symlink_to(project / "vocabulary.txt")
    (tmp_path / "sentences.csv").write_text("sentence\na film\n")
    save_generator(tmp_path / "encoder")
    (tmp_path / "recipe.toml").write_text(FINISHED)
    with pytest.raises(
        EdgekitError, match=r"encoder takes latent float32: a vocabulary under \[inputs.sentence\] goes with"
    ):
        run(load_recipe(tmp_path / "recipe.toml"), tmp_path / "run").to_json()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("tokens = 12\n", ""), r"encoder leaves the number of word pieces free: say it, by tokens = \.\.\. under"),
        (('"vocabulary.txt"', '"no.txt"'), r"cannot read the vocabulary .*no.txt: No such file"),
        (('vocabulary = "vocabulary.txt"\n', ""), "tokens and lowercase go with a vocabulary"),
        (("tokens = 12", "tokens = 1"), "has to be a whole number of at least 2"),
        (('vocabulary = "vocabulary.txt"\ntokens = 12\n', ""), "has no signature 'default' or .* with one input"),
        (('"vocabulary.txt"', '"moods.csv"'), r"has no \[PAD\], .*it is none of word pieces"),
        (('"vocabulary.txt"', '"twice.txt"'), "has 'film' twice, so its lines are not its numbers"),
        (
            ('"encoder"', '"hashed"'),
            "takes note string: a vocabulary under .* goes with a module that takes input_word",
        ),
        (('"encoder"', '"fixed"'), "tokens = 12 in the recipe, but .* takes 7"),
    ],
)
def test_what_does_not_fit_is_said_before_anything_is_made(
    project: Path, tmp_path: Path, change: tuple[str, str], message: str
) -> None:
    import shutil

    for name in ("encoder", "vocabulary.txt", "moods.csv"):
        (tmp_path / name).symlink_to(project / name)
    save_vocabulary(tmp_path / "twice.txt", (*VOCABULARY, "film"))
    if "hashed" in change[1]:
        save_module(
            tmp_path / "hashed",
            {"note": ("string", (None,))},
            {"default": ("string", (None,))},
            lambda x: {"default": x["note"]},
            [],
        )
    if "fixed" in change[1]:
        save_encoder(tmp_path / "fixed", length=7)
    (tmp_path / "recipe.toml").write_text(RECIPE.replace(*change))
    with pytest.raises(EdgekitError, match=message):
        run(load_recipe(tmp_path / "recipe.toml"), tmp_path / "run").to_json()
    assert not (tmp_path / "run").exists()
    shutil.rmtree(tmp_path / "hashed", ignore_errors=True)
