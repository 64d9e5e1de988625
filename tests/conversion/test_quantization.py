"""What quantization must not do to a model, on models small enough to be sure of the answer."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgekit.conversion.conversion import convert
from edgekit.errors import ConversionError
from edgekit.evaluation.parity import parity
from edgekit.inference.sessions import open_session
from edgekit.models.tuned_model import TunedModel
from edgekit.original.finished import load_model
from edgekit.recipe.recipe import ConversionRecipe
from edgekit.recipe.variants import parse_variant
from tests.hub_modules import save_module, weights


def saved(folder: Path, call: Any, inputs: dict[str, list[int | None]]) -> TunedModel:
    """Save a function as a model, with its arguments as inputs."""
    from edgekit.system.optional import tensorflow

    tf = tensorflow()
    module = tf.Module()
    module.weights = tf.Variable(np.random.default_rng(5).normal(size=[4, 3]).astype(np.float32))
    specs = [tf.TensorSpec(shape, tf.float32, name=name) for name, shape in inputs.items()]
    serve = tf.function(lambda *args: call(tf, module.weights, *args), input_signature=specs)
    tf.saved_model.save(module, str(folder / "saved"), signatures={"serving_default": serve})
    return load_model(folder / "saved", out=folder / "model")


def sqnr(model: TunedModel, variant: str, data: dict[str, Any], folder: Path) -> dict[str, float]:
    report = parity(model, convert(model, variant, data=data, out=folder / "artifacts"), data=data)
    return {name: error["sqnr_db"] or 999.0 for name, error in report.to_json()["outputs"].items()}


def normal(names: tuple[str, ...]) -> dict[str, Any]:
    return {n: np.random.default_rng(i).normal(size=(60, 4)).astype(np.float32) for i, n in enumerate(names)}


@pytest.mark.parametrize("variant", ["tflite-int8", "tflite-int8full", "tflite-int16x8", "onnx-int8"])
def test_the_whole_range_of_the_samples_is_kept(variant: str, tmp_path: Path) -> None:
    """Ranges that leave out the tails clip them: 5 dB, where int8 of such a product gives over 30."""
    model = saved(tmp_path, lambda tf, w, a, b: {"y": (a - b) @ w}, {"a": [None, 4], "b": [None, 4]})
    assert sqnr(model, variant, normal(("a", "b")), tmp_path)["y"] > 28


@pytest.mark.parametrize("variant", ["tflite-fp32", "onnx-fp32"])
def test_inputs_and_outputs_are_bound_by_name(variant: str, tmp_path: Path) -> None:
    """Names that sort against the order of use, shapes that cannot tell them apart."""
    model = saved(
        tmp_path,
        lambda tf, w, zz, aa: {"second": (zz - aa) @ w, "first": aa @ w},
        {"zz": [None, 4], "aa": [None, 4]},
    )
    data = normal(("aa", "zz"))
    assert min(sqnr(model, variant, data, tmp_path).values()) > 100
    swapped = {"aa": data["zz"], "zz": data["aa"]}
    artifact = tmp_path / "artifacts" / variant

    with open_session(artifact) as session:
        assert not np.allclose(session.run(**data)["second"], session.run(**swapped)["second"])


def test_ranges_that_are_powers_of_two_run_as_int16(tmp_path: Path) -> None:
    model = saved(tmp_path, lambda tf, w, x: {"y": (x * 2.0 - 1.0) @ w}, {"x": [None, 4]})
    values = np.random.default_rng(0).random((60, 4)).astype(np.float32)
    values[0], values[1] = 0.0, 1.0
    assert sqnr(model, "tflite-int16x8", {"x": values}, tmp_path)["y"] > 30


@pytest.mark.parametrize("variant", ["tflite-fp32", "tflite-int8", "tflite-int8full", "tflite-int16x8", "onnx-int8"])
def test_an_output_that_is_used_inside_is_right(variant: str, tmp_path: Path) -> None:
    """The quantizer alone feeds the float copy of such an output to an integer op: 0.01 dB."""
    model = saved(tmp_path, lambda tf, w, x: {"z": x @ w, "p": tf.nn.softmax(x @ w)}, {"x": [None, 4]})
    assert min(sqnr(model, variant, normal(("x",)), tmp_path).values()) > 20


def test_nan_in_calibration_samples_is_refused(tmp_path: Path) -> None:
    model = saved(tmp_path, lambda tf, w, x: {"y": x @ w}, {"x": [None, 4]})
    data = normal(("x",))
    data["x"][3, 2] = np.nan
    for variant in ("tflite-int8", "onnx-int8"):
        with pytest.raises(ConversionError, match=r"NaN"):
            convert(model, variant, data=data, out=tmp_path / "artifacts")


def test_an_op_that_the_format_lacks_is_one_failed_variant(tmp_path: Path) -> None:
    from edgekit.conversion.conversion import convert_all
    from edgekit.system.optional import tensorflow

    tf = tensorflow()
    module = tf.Module()
    serve = tf.function(
        lambda x: {"y": tf.math.bessel_i0e(x)}, input_signature=[tf.TensorSpec([None, 4], tf.float32, name="x")]
    )
    tf.saved_model.save(module, str(tmp_path / "saved"), signatures={"serving_default": serve})
    model = load_model(tmp_path / "saved", out=tmp_path / "model")
    variants = [parse_variant("tflite-fp32"), parse_variant("onnx-fp32")]
    made = convert_all(model, variants, samples=None, out=tmp_path / "artifacts")
    assert all(result.artifact is None and result.error for result in made)
    assert "BesselI0e" in (made[0].error or "")
    assert list((tmp_path / "artifacts").iterdir()) == []


def test_tables_of_embeddings_are_small_whatever_the_shape_of_the_ids(tmp_path: Path) -> None:
    """A matrix of ids reads its rows by GATHER, whose table the quantizer leaves float."""
    from edgekit.system.optional import tensorflow

    tf = tensorflow()
    table = weights(400, 32)
    path = save_module(
        tmp_path / "saved",
        {"ids": ("int32", (None, 7))},
        {"mean": ("float32", (None, 32)), "rows": ("float32", (None, 7, 32))},
        lambda x: {"rows": tf.gather(table, x["ids"]), "mean": tf.reduce_mean(tf.gather(table, x["ids"]), 1)},
        [table],
    )
    model = load_model(path, out=tmp_path / "model")
    made = {name: convert(model, f"tflite-{name}", out=tmp_path / "out") for name in ("fp32", "fp16", "dynamic")}
    assert made["fp16"].bytes < 0.7 * made["fp32"].bytes
    assert made["dynamic"].bytes < 0.4 * made["fp32"].bytes
    ids = np.random.default_rng(0).integers(0, 400, [5, 7]).astype(np.int32)
    for artifact in made.values():
        with open_session(artifact) as session:
            found = session.run(ids=ids)
        np.testing.assert_allclose(found["rows"], table.numpy()[ids], atol=0.02)
        np.testing.assert_allclose(found["mean"], table.numpy()[ids].mean(1), atol=0.02)


@pytest.mark.parametrize("variant", ["tflite-int8", "tflite-int8full", "onnx-int8"])
def test_the_bias_of_a_channel_without_weights_is_kept(variant: str, tmp_path: Path) -> None:
    """A channel that training switched off: its scale is so small that the bias overflows 32 bits, and was lost."""

    def call(tf: Any, w: Any, x: Any) -> dict[str, Any]:
        kernel = tf.concat([w[:, :2], 1e-13 * w[:, 2:]], axis=1)
        return {"y": tf.nn.relu(tf.matmul(x, kernel) + tf.constant([0.1, 0.2, 2.0]))}

    model = saved(tmp_path, call, {"x": [None, 4]})
    artifact = convert(model, variant, data=normal(("x",)), out=tmp_path / "artifacts")
    with open_session(artifact) as session:
        found = np.concatenate([session.run(x=row[None])["y"] for row in normal(("x",))["x"]])
    np.testing.assert_allclose(found[:, 2], 2.0, atol=0.05)


@pytest.mark.parametrize(
    ("factor", "warning"), [(3.0, "lie outside the values of 'x'"), (0.1, "fill 1.% of the range")]
)
def test_calibration_samples_unlike_the_judging_ones_are_told(factor: float, warning: str, tmp_path: Path) -> None:
    model = saved(tmp_path, lambda tf, w, x: {"y": x @ w}, {"x": [None, 4]})
    data = normal(("x",))
    for name in ("tflite-int8", "onnx-int8"):
        artifact = convert(model, name, data=data, out=tmp_path / "artifacts")
        alike = parity(model, artifact, data=data).to_json()["warnings"]
        found = parity(model, artifact, data={"x": factor * data["x"]}).to_json()["warnings"]
        assert not any("calibrate with" in text for text in alike)
        assert any(re.search(warning, text) for text in found)


@pytest.mark.parametrize("method", ["percentile", "mse", "entropy"])
@pytest.mark.parametrize("variant", ["tflite-int8", "onnx-int8"])
def test_every_method_of_calibration_makes_a_good_file(variant: str, method: str, tmp_path: Path) -> None:
    model = saved(tmp_path, lambda tf, w, x: {"y": x @ w}, {"x": [None, 4]})
    settings = ConversionRecipe(method=method)
    data = {"x": np.random.default_rng(0).normal(size=(400, 4)).astype(np.float32)}
    artifact = convert(model, variant, data=data, out=tmp_path / "artifacts", settings=settings)
    with open_session(artifact) as session:
        found = np.concatenate([session.run(x=row[None])["y"] for row in data["x"][:100]])
    wanted = data["x"][:100] @ np.random.default_rng(5).normal(size=[4, 3]).astype(np.float32)
    assert 10 * np.log10(np.square(wanted).sum() / np.square(wanted - found).sum()) > 25
