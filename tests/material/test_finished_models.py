"""Finished models of others: converted, and compared with what they were made from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgekit.cli.main import main
from edgekit.conversion.conversion import convert
from edgekit.evaluation.gates import PASS
from edgekit.evaluation.parity import parity
from edgekit.original.finished import load_model
from edgekit.recipe.input_recipe import InputRecipe
from edgekit.recipe.recipe import ParityRecipe


def test_a_model_that_keras_refuses(material: Path, tmp_path: Path) -> None:
    model = load_model(
        material / "models" / "teachable_machine" / "model.savedmodel",
        inputs=[InputRecipe(name="image", settings={"range": (-1.0, 1.0)})],
        labels=("first", "second"),
        out=tmp_path / "model",
    )
    assert [spec.name for spec in model.contract.inputs] == ["image"]
    assert model.contract.outputs[0].meaning == "probabilities"
    photos = material / "data" / "flowers" / "daisy"
    for variant in ("tflite-fp32", "onnx-fp32"):
        artifact = convert(model, variant, out=tmp_path / "artifacts")
        report = parity(model, artifact, data=photos, rule=ParityRecipe(metric="sqnr", threshold=60))
        assert report.to_json()["task"]["agreement"] == 1.0
        assert report.to_json()["outputs"][model.contract.outputs[0].name]["sqnr_db"] > 60


@pytest.mark.parametrize(
    ("path", "shape"),
    [("resnet8_cifar10/pretrainedResnet.h5", (32, 32, 3)), ("kws/kws_ref_model", (49, 10, 1))],
)
def test_models_of_mlperf_tiny(material: Path, tmp_path: Path, path: str, shape: tuple[int, ...]) -> None:
    model = load_model(material / "models" / path, out=tmp_path / "model")
    name = model.contract.inputs[0].name
    data = {name: np.random.default_rng(0).normal(size=(300, *shape)).astype(np.float32)}
    for variant in ("tflite-fp16", "tflite-int8", "onnx-fp32"):
        artifact = convert(model, variant, data=data, out=tmp_path / "artifacts")
        report = parity(model, artifact, data=data, rule=ParityRecipe(metric="sqnr", threshold=10))
        assert report.to_json()["outputs"][model.contract.outputs[0].name]["sqnr_db"] > 10, variant
        if variant == "onnx-fp32":
            assert report.verdict == PASS


def test_the_authors_own_float_file_agrees(material: Path, tmp_path: Path) -> None:
    place = material / "models" / "resnet8_cifar10"
    model = load_model(place / "pretrainedResnet.h5", out=tmp_path / "model")
    values = np.random.default_rng(0).integers(0, 256, size=(100, 32, 32, 3)).astype(np.float32)
    report = parity(model, place / "pretrainedResnet.tflite", data={model.contract.inputs[0].name: values})
    assert report.to_json()["task"]["agreement"] == 1.0


BAD = [
    "2_subgraphs.bin",
    "add_quantized_int8.bin",
    "conv3d_huge_im2col.bin",
    "empty_model.bin",
    "invalid_model.bin",
    "multi_add_flex.bin",
    "multi_signatures.bin",
    "no_signatures.bin",
    "segment_sum_invalid_buffer.bin",
    "tensor_string_data_type.bin",
    "test_model.bin",
    "test_model_broken.bin",
    "unidirectional_sequence_lstm.bin",
    "while_op_with_forwarding_input.bin",
    "whitespace_tokenizer_flex_delegate.tflite",
]


@pytest.mark.parametrize("name", BAD)
def test_broken_files_never_crash_the_command(
    name: str, material: Path, demo_run: Path, digits: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(material / "bad" / name)
    code = main(["bench", file, "--runs", "2"])
    captured = capsys.readouterr()
    assert code in (0, 2)
    assert "Traceback" not in captured.err
    assert "a fault in edgekit" not in captured.err
    assert main(["parity", str(demo_run / "model"), file, "--data", str(digits)]) == 2
    assert name in capsys.readouterr().err


def test_every_bad_file_is_tried(material: Path) -> None:
    there = {path.name for path in (material / "bad").iterdir()}
    assert there - set(BAD) <= {"conv_huge_im2col.bin"}  # valid, and takes 3 GB: not worth a test


def test_a_converted_model_of_another_maker_is_fed_as_it_says(material: Path) -> None:
    """A MobileNet in integers, whose public metadata scales pixels and names a thousand classes."""
    from edgekit.inference.prediction import predict

    model = material / "tflite" / "mobilenet_v1_0.25_224_quant.tflite"
    (answer,) = predict(model, str(material / "images" / "cat_720p.jpg"))
    assert answer["top"][0]["label"] in ("Egyptian cat", "tabby", "tiger cat")
