"""Contenders: whatever a model is in is told by its content, and what a file does not say is asked of its user."""

from __future__ import annotations

import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from edgekit.errors import DataError, HandleError, ModuleError
from edgekit.inference.contenders import (
    as_candidate,
    contract_of,
    is_artifact,
    is_quantized,
    load_contender,
    load_original,
)
from edgekit.models.artifact import Artifact, load_artifact
from edgekit.models.tuned_model import TunedModel
from edgekit.original.statements import Statements
from edgekit.system.digests import tree_digest
from edgekit.system.optional import tensorflow
from tests.evaluation.mean_models import mean_model


def test_content_tells_a_model_and_no_name(demo_run: Path, tmp_path: Path) -> None:
    folder = demo_run / "artifacts" / "tflite-fp32"
    assert is_artifact(folder)
    bare = shutil.copy(folder / "model.tflite", tmp_path / "weights.bin")
    assert is_artifact(Path(bare))
    assert as_candidate(bare).name == "weights.bin"
    assert not is_artifact(demo_run / "model")
    assert isinstance(load_contender(demo_run / "model"), TunedModel)
    keras = tmp_path / "model.keras"
    with zipfile.ZipFile(keras, "w") as archive:
        archive.writestr("config.json", "{}")
    assert not is_artifact(keras)
    assert not is_artifact(tmp_path / "nowhere")
    with pytest.raises(HandleError):
        load_contender(tmp_path / "nowhere")


def test_a_bare_file_is_probed_and_takes_what_its_user_says(tmp_path: Path) -> None:
    file = mean_model(tmp_path / "model.onnx")
    (output,) = contract_of(load_artifact(file)).outputs
    assert output.meaning == "probabilities"
    stated = load_contender(file, Statements(pixels=(0.0, 1.0), labels=("a", "b", "c")))
    assert isinstance(stated, Artifact)
    assert stated.contract is not None
    assert stated.contract.inputs[0].to_json()["range"] == [0.0, 1.0]
    assert stated.contract.outputs[0].labels == ("a", "b", "c")
    with pytest.raises(ModuleError, match="2 labels fit none"):
        load_contender(file, Statements(labels=("a", "b")))


def test_a_range_that_a_file_says_itself_is_not_said_again(demo_run: Path) -> None:
    artifact = demo_run / "artifacts" / "tflite-fp32"
    with pytest.raises(DataError, match="says itself which range") as caught:
        load_contender(artifact, Statements(pixels=(0.0, 1.0)))
    assert caught.value.setting == "pixels"


def test_quantized_files_are_told(demo_run: Path, tmp_path: Path) -> None:
    assert is_quantized(load_artifact(demo_run / "artifacts" / "tflite-int8"))
    assert not is_quantized(load_artifact(demo_run / "artifacts" / "tflite-fp16"))
    for variant, quantized in (("tflite-int8", True), ("tflite-fp16", False), ("onnx-int8", True)):
        artifact = load_artifact(demo_run / "artifacts" / variant)
        bare = tmp_path / variant
        shutil.copy(artifact.file, bare)
        assert is_quantized(load_artifact(bare)) is quantized, variant


def test_an_original_is_a_candidate_under_its_users_name(demo_run: Path) -> None:
    candidate = as_candidate(demo_run / "model")
    assert (candidate.name, candidate.format) == ("model", "saved_model")
    assert candidate.digest() == as_candidate(load_contender(demo_run / "model")).digest()


def test_digests_of_several_models_may_be_each_others() -> None:
    stated = Statements(trusted=("sha256:a",))
    assert stated.trust("sha256:a") == "sha256:a"
    assert stated.trust("sha256:b") == "sha256:a"  # which is refused
    assert Statements(trusted=("sha256:a",), shared=True).trust("sha256:b") is None
    assert Statements().trust("sha256:a") is None


@pytest.mark.filterwarnings("ignore")
def test_the_digest_that_a_refusal_prints_is_trusted(tmp_path: Path) -> None:
    """That of a model which is put together of several files is none of theirs."""
    file, code = tmp_path / "model.keras", tmp_path / "own.py"
    keras = tensorflow().keras
    keras.Sequential([keras.Input([2]), keras.layers.Lambda(lambda x: x * 3)]).save(file)
    code.write_text("class Own: ...\n")
    stated = Statements(imports=(code,), shared=True)
    with pytest.raises(ModuleError, match="Lambda runs Python") as caught:
        load_original(file, stated)
    digest = caught.value.digest
    assert digest is not None
    assert digest != tree_digest(file)
    other = "sha256:" + 64 * "0"
    assert load_original(file, replace(stated, trusted=(other, digest))).contract.inputs[0].shape == (None, 2)
    with pytest.raises(ModuleError, match="Lambda runs Python"):
        load_original(file, replace(stated, trusted=(other, tree_digest(file))))
