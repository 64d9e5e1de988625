"""Probing: outputs are probabilities where a made-up sample's scores sum to one, and else nothing is said of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgekit.contract.batch import Batch
from edgekit.contract.contract import Contract, InputSpec, OutputSpec
from edgekit.original.finished import load_model
from edgekit.original.probing import MOST_VALUES, made_up_answers, made_up_samples, with_meanings
from edgekit.system.optional import tensorflow

pytestmark = pytest.mark.filterwarnings("ignore")


def contract(meaning: str = "tensor", dtype: str = "string") -> Contract:
    return Contract(
        inputs=(InputSpec.of("text", name="text", dtype=dtype, shape=(None,), key="text"),),
        outputs=(OutputSpec(name="y", meaning=meaning, dtype="float32", shape=(None, 2), key="y"),),
    )


def test_a_made_up_sample_has_the_inputs_own_type() -> None:
    (sample,) = made_up_samples(contract())
    assert sample["text"].tolist() == ["a text"]
    number = InputSpec.of("tensor", name="x", dtype="int32", shape=(None, 1, 2), key="x")
    (sample,) = made_up_samples(Contract(inputs=(number,), outputs=()))
    assert sample["x"].shape == (1, 1, 2)
    assert sample["x"].dtype == np.int32


def test_free_sizes_are_tried_until_the_model_takes_one() -> None:
    photo = InputSpec.of("image", name="x", dtype="float32", shape=(None, None, None, 3), key="x")
    free = Contract(inputs=(photo,), outputs=())
    tried = []

    def run(sample: Batch) -> Batch:
        tried.append(sample["x"].shape)
        if sample["x"].shape[1] < least:
            raise ValueError(f"{sample['x'].shape}: too few pixels")
        return {"y": sample["x"]}

    least = 32
    assert made_up_answers(free, run)["y"].shape == (1, 64, 64, 3)
    assert tried == [(1, 1, 1, 3), (1, 64, 64, 3)]
    assert all(sample["x"].size <= MOST_VALUES for sample in made_up_samples(free))
    least = 1000
    with pytest.raises(ValueError, match=r"\(1, 256, 256, 3\): too few pixels"):
        made_up_answers(free, run)


@pytest.mark.parametrize(
    ("scores", "meaning"),
    [
        ([[0.25, 0.75]], "probabilities"),
        ([[0.25, 0.5]], "tensor"),
        ([[-0.25, 1.25]], "tensor"),
        ([0.25, 0.75], "tensor"),
        ([[1.0]], "tensor"),
        (np.zeros((0, 2)), "tensor"),
    ],
)
def test_probabilities_sum_to_one(scores: Any, meaning: str) -> None:
    assert with_meanings(contract(), {"y": np.asarray(scores)}).outputs[0].meaning == meaning


def test_what_an_output_says_of_itself_stays() -> None:
    assert with_meanings(contract("embedding"), {"y": np.array([[0.5, 0.5]])}).outputs[0].meaning == "embedding"


def saved(folder: Path, answer: Any) -> Path:
    tf = tensorflow()
    module = tf.Module()
    spec = tf.TensorSpec([None], tf.string, name="text")
    serve = tf.function(lambda text: {"y": answer(text)}, input_signature=[spec])
    tf.saved_model.save(module, str(folder), signatures={"serving_default": serve})
    return folder


def test_a_model_of_texts_is_probed_by_a_text(tmp_path: Path) -> None:
    tf = tensorflow()

    def lengths(text: Any) -> Any:
        return tf.cast(tf.stack([tf.strings.length(text), 3 - tf.strings.length(text)], 1), tf.float32)

    model = load_model(saved(tmp_path / "soft", lambda text: tf.nn.softmax(lengths(text))), out=tmp_path / "1")
    assert model.contract.outputs[0].meaning == "probabilities"
    assert load_model(saved(tmp_path / "raw", lengths), out=tmp_path / "2").contract.outputs[0].meaning == "tensor"


def test_strings_of_a_form_of_their_own_are_no_refusal(tmp_path: Path) -> None:
    tf = tensorflow()
    photos = saved(tmp_path / "m", lambda text: tf.cast(tf.io.decode_png(text[0], 3), tf.float32)[None])
    assert load_model(photos, out=tmp_path / "model").contract.outputs[0].meaning == "tensor"
