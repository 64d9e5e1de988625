"""A model of texts with a fixed batch of one answers as its original does; of more, it is refused with the reason."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgekit.conversion.conversion import convert
from edgekit.errors import ConversionError
from edgekit.inference.sessions import open_session
from edgekit.models.tuned_model import TunedModel
from edgekit.original.finished import load_model
from edgekit.system.optional import require, tensorflow

pytestmark = pytest.mark.filterwarnings("ignore")
TEXTS = np.array(["good film", "bad story", "an unknown word", ""], object)


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> TunedModel:
    """A classifier of sentences by a bag of embedded words, of Keras 3."""
    folder = tmp_path_factory.mktemp("reader")
    tensorflow()
    keras = require("keras", asked="a test", extra="convert")
    words = keras.layers.TextVectorization(output_sequence_length=4, vocabulary=["good", "bad", "film", "story"])
    text = keras.Input((), dtype="string", name="text")
    bag = keras.layers.GlobalAveragePooling1D()(keras.layers.Embedding(8, 4)(words(text)))
    keras.Model(text, keras.layers.Dense(2, activation="softmax", name="scores")(bag)).save(folder / "model.keras")
    return load_model(folder / "model.keras", out=folder / "model")


@pytest.mark.parametrize("variant", ["tflite-fp32-b1", "onnx-fp32-b1"])
def test_one_at_a_time_it_answers_as_its_original(reader: TunedModel, variant: str, tmp_path: Path) -> None:
    with open_session(reader) as session:
        ours = session.run(text=TEXTS)
    with open_session(convert(reader, variant, out=tmp_path)) as session:
        theirs = session.run(text=TEXTS)
    (expected,), (answers,) = ours.values(), theirs.values()
    np.testing.assert_allclose(answers, expected, atol=1e-5)  # float32 sums of four words
    assert np.abs(answers - expected[::-1]).max() > 1e-3  # rows in another order would be seen


def test_more_at_a_time_are_refused(reader: TunedModel, tmp_path: Path) -> None:
    with pytest.raises(ConversionError, match="one sample at a time: take -b1"):
        convert(reader, "tflite-fp32-b2", out=tmp_path)
