from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from msgspec import structs
from numpy.typing import NDArray

from edgekit.data.samples import Samples
from edgekit.data.tables import TableSamples
from edgekit.errors import DataError, SessionError
from edgekit.evaluation.gates import FAIL, INCONCLUSIVE, PASS
from edgekit.evaluation.parity import parity
from edgekit.models.artifact import Artifact, load_artifact
from edgekit.models.tuned_model import TunedModel
from edgekit.original.finished import load_model
from edgekit.recipe.recipe import ParityRecipe


@pytest.fixture(scope="module")
def samples(held_out: TableSamples) -> Samples:
    return held_out.take(range(0, len(held_out), 2))


def artifact(demo_run: Path, variant: str) -> Artifact:
    return load_artifact(demo_run / "artifacts" / variant)


def damaged(demo_run: Path, folder: Path, change: Any) -> Artifact:
    """Return the ONNX artifact with one of its weights changed."""
    import onnx

    source = artifact(demo_run, "onnx-fp32")
    model = onnx.load(source.file)
    change(model)
    onnx.save(model, folder / "model.onnx")
    return structs.replace(source, path=folder, file=folder / "model.onnx", variant=None)


def weight(model: Any, rank: int) -> tuple[Any, NDArray[Any]]:
    from onnx import numpy_helper

    tensor = next(t for t in model.graph.initializer if len(t.dims) == rank)
    return tensor, numpy_helper.to_array(tensor).copy()


def test_the_original_agrees_with_a_faithful_artifact(tuned: TunedModel, demo_run: Path, samples: Samples) -> None:
    report = parity(tuned, artifact(demo_run, "tflite-fp32"), data=samples)
    assert report.verdict == PASS
    task = report.to_json()["task"]
    assert task["agreement"] == 1.0
    assert task["drop"] == 0.0
    assert task["drop_interval"][0] < 0 < task["drop_interval"][1]
    assert report.to_json()["outputs"]["probabilities"]["max_abs"] < 1e-4
    assert report.to_json()["worst"] == [] or not any(w["distance"] > 1e-3 for w in report.to_json()["worst"])


def test_a_damaged_artifact_fails(tuned: TunedModel, demo_run: Path, samples: Samples, tmp_path: Path) -> None:
    def permute(model: Any) -> None:
        from onnx import numpy_helper

        tensor, values = weight(model, 2)
        tensor.CopyFrom(numpy_helper.from_array(np.roll(values, 1, axis=1), tensor.name))

    report = parity(tuned, damaged(demo_run, tmp_path, permute), data=samples)
    assert report.verdict == FAIL
    assert report.to_json()["task"]["right_to_wrong"] > 10
    assert report.to_json()["worst"][0]["reference"] != report.to_json()["worst"][0]["candidate"]
    assert report.to_json()["worst"][0]["picture"].startswith("data:image/jpeg")


def test_nan_in_an_output_fails_and_is_said(
    tuned: TunedModel, demo_run: Path, samples: Samples, tmp_path: Path
) -> None:
    def poison(model: Any) -> None:
        from onnx import numpy_helper

        tensor, values = weight(model, 2)
        values[0, 0] = np.nan
        tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))

    report = parity(tuned, damaged(demo_run, tmp_path, poison), data=samples)
    assert report.verdict == FAIL
    assert "NaN" in report.message


def test_few_samples_are_inconclusive_and_say_how_many_would_do(
    tuned: TunedModel, demo_run: Path, samples: Samples
) -> None:
    report = parity(tuned, artifact(demo_run, "tflite-fp16"), data=samples.take(range(20)))
    assert report.verdict == INCONCLUSIVE
    assert report.to_json()["needed_samples"] == 189
    assert "about 189 samples in all would decide" in report.message


def test_without_labels_agreement_is_judged(tuned: TunedModel, demo_run: Path, samples: Samples) -> None:
    images = samples.read(0, len(samples), tuned.contract)["image"]
    report = parity(tuned, artifact(demo_run, "tflite-fp16"), data={"image": images})
    assert report.to_json()["task"]["drop"] is None
    assert report.to_json()["gates"][2]["name"] == "agreement"
    assert report.verdict == PASS


def test_raw_photos_as_arrays_are_prepared(tuned: TunedModel, demo_run: Path, samples: Samples) -> None:
    pixels = np.rint(samples.read(0, 40, tuned.contract)["image"] * 255).astype(np.uint8)
    labels = np.asarray(samples.labels)[:40]
    by_array = parity(tuned, artifact(demo_run, "tflite-int8"), data={"image": pixels, "label": labels})
    by_file = parity(tuned, artifact(demo_run, "tflite-int8"), data=samples.take(range(40)))
    assert by_array.to_json()["outputs"] == by_file.to_json()["outputs"]
    assert by_array.to_json()["task"] == by_file.to_json()["task"]


def test_a_looser_limit_and_confidence_change_the_verdict(tuned: TunedModel, demo_run: Path, samples: Samples) -> None:
    few = samples.take(range(20))
    report = parity(tuned, artifact(demo_run, "tflite-fp16"), data=few, rule=ParityRecipe(max_drop=0.2))
    assert report.verdict == PASS


def test_a_bare_file_is_compared_by_its_own_signature(tuned: TunedModel, demo_run: Path, samples: Samples) -> None:
    report = parity(tuned, demo_run / "artifacts" / "tflite-int8" / "model.tflite", data=samples)
    assert report.to_json()["variant"] == "model.tflite"
    assert report.to_json()["task"]["agreement"] > 0.9


def test_samples_of_another_shape_are_refused_with_both_shapes(tuned: TunedModel, demo_run: Path) -> None:
    data = {"image": np.zeros([4, 16, 16, 3], np.float32)}
    with pytest.raises(DataError, match=r"\[\?, 16, 16, 3\].*\[\?, 32, 32, 3\]"):
        parity(tuned, artifact(demo_run, "tflite-fp32"), data=data)


def test_a_runtime_error_names_the_artifact(
    tuned: TunedModel, demo_run: Path, samples: Samples, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.tflite"
    broken.write_bytes(artifact(demo_run, "tflite-fp32").file.read_bytes()[:4000])
    with pytest.raises(SessionError, match=r"broken\.tflite"):
        parity(tuned, broken, data=samples)


def sqnr(threshold: float) -> ParityRecipe:
    return ParityRecipe(metric="sqnr", threshold=threshold, max_drop=0.2)


def embedding_model(folder: Path) -> TunedModel:
    """Save a model without classes: two numbers in, two outputs of three."""
    from edgekit.system.optional import tensorflow

    tf = tensorflow()
    module = tf.Module()
    module.w = tf.Variable(tf.random.stateless_normal([2, 3], [1, 2]))
    serve = tf.function(
        lambda x: {"z_first": x @ module.w, "a_second": tf.sin(x @ module.w)},
        input_signature=[tf.TensorSpec([None, 2], tf.float32, name="x")],
    )
    tf.saved_model.save(module, str(folder / "saved"), signatures={"serving_default": serve})
    return load_model(folder / "saved", out=folder / "model")


def test_a_model_without_classes_needs_a_limit_of_its_own(tmp_path: Path) -> None:
    from edgekit.conversion.conversion import convert

    model = embedding_model(tmp_path)
    made = convert(model, "tflite-fp16", out=tmp_path / "out")
    data = {"x": np.random.default_rng(0).normal(size=[50, 2]).astype(np.float32)}
    report = parity(model, made, data=data)
    assert report.verdict == INCONCLUSIVE
    assert "name a metric (cosine" in report.message
    assert set(report.to_json()["outputs"]) == {"z_first", "a_second"}
    assert parity(model, made, data=data, rule=sqnr(40)).verdict == PASS
    assert parity(model, made, data=data, rule=sqnr(140)).verdict == FAIL
