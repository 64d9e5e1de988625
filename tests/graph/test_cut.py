"""Graphs that begin with strings or complex numbers: cut, converted, and right from the raw input on."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgekit.conversion.conversion import convert, convert_all
from edgekit.data.loading import load_samples
from edgekit.errors import ArtifactError, ConversionError
from edgekit.evaluation.parity import parity
from edgekit.inference.sessions import open_session
from edgekit.models.artifact import load_artifact
from edgekit.models.tuned_model import TunedModel
from edgekit.original.finished import load_model
from edgekit.recipe.recipe import ParityRecipe
from edgekit.recipe.variants import parse_variant

WORDS = ["good", "bad", "film", "the", "very", "été"]
ODD = [
    "",
    "  ",
    "good",
    "unknown words only",
    "ÉTÉ été",
    "good " * 300,
    "the very\tgood\nfilm!!",
    "\x00",
    "日本語 good",
]


def saved(
    folder: Path, specs: Callable[[Any], list[Any]], build: Callable[[Any, Any], Callable[..., Any]]
) -> TunedModel:
    """Save a function as a model; ``build`` gets TensorFlow and a module to keep its tables and variables on."""
    from edgekit.system.optional import tensorflow

    tf = tensorflow()
    module = tf.Module()
    serve = tf.function(build(tf, module), input_signature=specs(tf))
    tf.saved_model.save(module, str(folder / "saved"), signatures={"serving_default": serve})
    return load_model(folder / "saved", out=folder / "model")


def table(tf: Any, module: Any, buckets: int) -> Any:
    """A vocabulary with hash buckets for unknown words."""
    initializer = tf.lookup.KeyValueTensorInitializer(WORDS, np.arange(len(WORDS), dtype=np.int64))
    module.table = tf.lookup.StaticVocabularyTable(initializer, buckets)
    return module.table


def bag(tf: Any, module: Any, combiner: str) -> Callable[..., Any]:
    """The nnlm way: split, look up, and combine embeddings per sentence."""
    words = table(tf, module, 3)
    generator = np.random.default_rng(0)
    module.embeddings = tf.Variable(generator.normal(size=[len(WORDS) + 3, 8]).astype(np.float32))
    module.head = tf.Variable(generator.normal(size=[8, 2]).astype(np.float32))

    def serve(text: Any) -> Any:
        clean = tf.strings.regex_replace(tf.strings.lower(text, encoding="utf-8"), r"[[:punct:]]", " ")
        sparse = tf.strings.split(clean).to_sparse()
        filled, _ = tf.sparse.fill_empty_rows(sparse, "")
        ids = tf.SparseTensor(filled.indices, words[filled.values], filled.dense_shape)
        found = tf.nn.embedding_lookup_sparse(module.embeddings, ids, None, combiner=combiner)
        return {"logits": found @ module.head}

    return serve


def weighted(tf: Any, module: Any, combiner: str) -> Callable[..., Any]:
    """A bag whose words weigh what a table says, by the lookup that also minds empty rows."""
    words = table(tf, module, 3)
    generator = np.random.default_rng(0)
    module.embeddings = tf.Variable(generator.normal(size=[len(WORDS) + 3, 8]).astype(np.float32))
    module.importance = tf.Variable(generator.uniform(0.5, 2.0, size=[len(WORDS) + 3]).astype(np.float32))

    def serve(text: Any) -> Any:
        ragged = words[tf.strings.split(tf.strings.lower(text))]
        weights = ragged.with_values(tf.gather(module.importance, ragged.values)).to_sparse()
        ids = ragged.to_sparse()
        return {"y": tf.nn.safe_embedding_lookup_sparse(module.embeddings, ids, weights, combiner=combiner)}

    return serve


def ragged_mean(tf: Any, module: Any) -> Callable[..., Any]:
    """The mean of a ragged tensor's embeddings, one vector for the empty text."""
    words = table(tf, module, 3)
    module.embeddings = tf.Variable(np.random.default_rng(0).normal(size=[len(WORDS) + 3, 8]).astype(np.float32))

    def serve(text: Any) -> Any:
        ragged = words[tf.strings.split(tf.strings.lower(text))]
        sums = tf.reduce_sum(tf.gather(module.embeddings, ragged), axis=1)
        return {"y": sums / tf.cast(tf.maximum(ragged.row_lengths(), 1), tf.float32)[:, None]}

    return serve


def dense(tf: Any, module: Any) -> Callable[..., Any]:
    """The Keras way: a padded matrix of ids, an embedding, a mean."""
    words = table(tf, module, 1)
    module.embeddings = tf.Variable(np.random.default_rng(0).normal(size=[len(WORDS) + 1, 8]).astype(np.float32))

    def serve(text: Any) -> Any:
        ids = words[tf.strings.split(tf.strings.lower(text))].to_tensor(default_value=0, shape=[None, 12])
        return {"mean": tf.reduce_mean(tf.gather(module.embeddings, ids), axis=1)}

    return serve


def spectrum(tf: Any, module: Any) -> Callable[..., Any]:
    """A mel spectrogram and a small convolution."""
    module.kernel = tf.Variable(np.random.default_rng(0).normal(size=[3, 3, 1, 4]).astype(np.float32))

    def serve(sound: Any) -> Any:
        magnitude = tf.abs(tf.signal.stft(sound, 64, 32, fft_length=64))
        mel = magnitude @ tf.signal.linear_to_mel_weight_matrix(10, 33, 8000, 100.0, 3900.0)
        pictures = mel[..., None]
        return {"features": tf.reduce_mean(tf.nn.conv2d(pictures, module.kernel, 2, "SAME"), [1, 2])}

    return serve


def text_input(tf: Any) -> list[Any]:
    return [tf.TensorSpec([None], tf.string, name="text")]


def sound_input(tf: Any) -> list[Any]:
    return [tf.TensorSpec([None, 400], tf.float32, name="sound")]


def sounds() -> Any:
    """Silence, one sample, clipped, and noise."""
    made = np.random.default_rng(1).normal(0, 0.2, [40, 400]).astype(np.float32)
    made[0], made[1], made[2] = 0.0, 0.0, np.sign(made[2])
    made[1, 200] = 1.0
    return made


def errors(model: TunedModel, variants: list[str], data: dict[str, Any], out: Path) -> dict[str, float]:
    """Build variants, and return the SQNR in dB of each one's worst output, one sample at a time."""
    made = convert_all(
        model, [parse_variant(name) for name in variants], samples=load_samples(data), out=out / "artifacts"
    )
    assert [result.error for result in made] == [None] * len(variants)
    with open_session(model) as session:
        expected = session.run(**data)
    found = {}
    for result in made:
        assert result.artifact is not None
        with open_session(result.artifact) as session:
            count = len(next(iter(data.values())))
            runs = [session.run(**{k: v[i : i + 1] for k, v in data.items()}) for i in range(count)]
        noise = {name: np.concatenate([run[name] for run in runs]) - value for name, value in expected.items()}
        found[result.artifact.name] = min(
            10 * np.log10(np.square(value).sum() / max(np.square(noise[name]).sum(), 1e-12))
            for name, value in expected.items()
        )
    return found


@pytest.mark.parametrize("combiner", ["sum", "mean"])
def test_bags_of_words(combiner: str, tmp_path: Path) -> None:
    model = saved(tmp_path, text_input, lambda tf, module: bag(tf, module, combiner))
    found = errors(model, ["tflite-fp32", "onnx-fp32"], {"text": np.array(ODD, object)}, tmp_path)
    assert min(found.values()) > 90


def test_quantized_bags_of_words(tmp_path: Path) -> None:
    model = saved(tmp_path, text_input, lambda tf, module: bag(tf, module, "sqrtn"))
    quantized = ["tflite-dynamic", "tflite-fp16", "tflite-int8", "tflite-int16x8", "onnx-int8"]
    found = errors(model, ["tflite-fp32", "onnx-fp32", *quantized], {"text": np.array(ODD, object)}, tmp_path)
    assert min(found["tflite-fp32"], found["onnx-fp32"]) > 90
    assert min(found[name] for name in quantized) > 25
    with pytest.raises(ConversionError, match="int8full needs fixed sizes"):
        convert(model, "tflite-int8full", data={"text": np.array(ODD, object)}, out=tmp_path / "artifacts")


@pytest.mark.parametrize("combiner", ["sum", "mean", "sqrtn"])
def test_weighted_bags(combiner: str, tmp_path: Path) -> None:
    model = saved(tmp_path, text_input, lambda tf, module: weighted(tf, module, combiner))
    found = errors(model, ["tflite-fp32", "tflite-int8", "onnx-fp32"], {"text": np.array(ODD, object)}, tmp_path)
    assert min(found["tflite-fp32"], found["onnx-fp32"]) > 100
    assert found["tflite-int8"] > 20


def test_means_of_ragged_rows(tmp_path: Path) -> None:
    model = saved(tmp_path, text_input, ragged_mean)
    assert errors(model, ["tflite-fp32"], {"text": np.array(ODD, object)}, tmp_path)["tflite-fp32"] > 100
    words = [text for text in ODD if text.split()]  # ONNX Runtime refuses sums over no rows at all
    assert errors(model, ["onnx-fp32"], {"text": np.array(words, object)}, tmp_path / "2")["onnx-fp32"] > 100


def test_padded_ids(tmp_path: Path) -> None:
    model = saved(tmp_path, text_input, dense)
    assert min(errors(model, ["tflite-fp32", "onnx-fp32"], {"text": np.array(ODD, object)}, tmp_path).values()) > 90
    artifact = load_artifact(tmp_path / "artifacts" / "tflite-fp32")
    assert artifact.core is not None
    assert [spec.dtype for spec in artifact.core.inputs] == ["int64"]
    with open_session(artifact) as session:
        unicode, encoded = (session.run(text=np.array(["good"], kind))["mean"] for kind in ("U", "S"))
    np.testing.assert_array_equal(unicode, encoded)


def test_spectrograms(tmp_path: Path) -> None:
    from edgekit.system.digests import folder_bytes, tree_digest

    model = saved(tmp_path, sound_input, spectrum)
    found = errors(model, ["tflite-fp32", "onnx-fp32", "tflite-int8full"], {"sound": sounds()}, tmp_path)
    assert min(found["tflite-fp32"], found["onnx-fp32"]) > 90
    assert found["tflite-int8full"] > 20
    made = [load_artifact(tmp_path / "artifacts" / name) for name in found]
    assert made[0].core is not None
    assert made[0].core.inputs[0].shape[1:] == (11, 33), "fixed sizes are known, so int8full can be planned"
    fronts = [artifact.front for artifact in made if artifact.front]
    assert len({tree_digest(front) for front in fronts}) == 1, "all formats share one front end"
    assert folder_bytes(fronts[0]) < 64_000


def test_a_model_that_needs_none_has_no_front_end(tmp_path: Path) -> None:
    def asserting(tf: Any, module: Any) -> Callable[..., Any]:
        def serve(sound: Any) -> Any:
            checks = [tf.debugging.assert_less(tf.reduce_max(sound), 1e6, message="a string, but nothing reads it")]
            with tf.control_dependencies(checks):
                return {"y": sound * 2.0}

        return serve

    artifact = convert(saved(tmp_path, sound_input, asserting), "tflite-fp32", out=tmp_path / "out")
    assert artifact.front is None


def test_loops_and_branches_are_kept(tmp_path: Path) -> None:
    """Their bodies are functions, which have to come along."""

    def looping(tf: Any, module: Any) -> Callable[..., Any]:
        module.half = tf.Variable(0.5)

        def serve(sound: Any) -> Any:
            _, quiet = tf.while_loop(lambda i, x: i < 5, lambda i, x: (i + 1, x * module.half), [tf.constant(0), sound])
            return {"y": tf.cond(tf.reduce_sum(sound) < 1e9, lambda: quiet, lambda: -quiet)}

        return serve

    model = saved(tmp_path, sound_input, looping)
    assert min(errors(model, ["tflite-fp32", "onnx-fp32"], {"sound": sounds()}, tmp_path).values()) > 100


def scripts(tf: Any, module: Any) -> Callable[..., Any]:
    def serve(text: Any) -> Any:
        characters = tf.strings.unicode_decode(text, "UTF-8").flat_values
        return {"n": 2.0 * tf.cast(tf.strings.unicode_script(characters), tf.float32)}

    return serve


def strange(tf: Any, module: Any) -> Callable[..., Any]:
    return lambda text: {"n": 2.0 * tf.cast(tf.strings.length(tf.strings.regex_replace(text, r"\C", "")), tf.float32)}


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (scripts, r"op UnicodeDecode(WithOffsets)? \(node .*\) has no builtin in TFLite or ONNX"),
        (lambda tf, module: lambda text: {"upper": tf.strings.upper(text)}, "output 'upper' is string"),
        (strange, r"regular expression '\\\\C'"),
    ],
)
def test_what_has_no_portable_form_is_refused_by_name(build: Any, message: str, tmp_path: Path) -> None:
    model = saved(tmp_path, text_input, build)
    with pytest.raises(ConversionError, match=message):
        convert(model, "tflite-fp32", out=tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_wrong_vocabulary_is_caught(tmp_path: Path) -> None:
    """Two words swapped: the digest says so; with the digest forged as well, parity does."""
    from edgekit.system.digests import tree_digest

    model = saved(tmp_path, text_input, lambda tf, module: bag(tf, module, "mean"))
    artifact = convert(model, "tflite-fp32", out=tmp_path / "out")
    assert artifact.front is not None
    vocabulary = next(artifact.front.glob("vocabulary-*.txt"))
    lines = vocabulary.read_text().splitlines()
    vocabulary.write_text("\n".join([lines[1], lines[0], *lines[2:]]) + "\n")
    with pytest.raises(ArtifactError, match="is not the front end"):
        load_artifact(artifact.path)
    value = json.loads((artifact.path / "artifact.json").read_text())
    value["frontend"]["sha256"] = tree_digest(artifact.front).removeprefix("sha256:")
    (artifact.path / "artifact.json").write_text(json.dumps(value))
    report = parity(
        model, artifact.path, data={"text": np.array(ODD, object)}, rule=ParityRecipe(metric="sqnr", threshold=60)
    )
    assert report.verdict == "fail"
