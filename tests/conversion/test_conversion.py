"""What cannot be converted is refused before anything is made."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from edgekit.contract.contract import Contract
from edgekit.conversion.conversion import convert, convert_all
from edgekit.errors import DataError, OutputError, VariantError
from edgekit.models.tuned_model import TunedModel
from edgekit.recipe.variants import parse_variant


@pytest.fixture
def model(tmp_path: Path) -> TunedModel:
    (tmp_path / "model").mkdir()
    return TunedModel(path=tmp_path / "model", contract=Contract(inputs=(), outputs=()))


@pytest.mark.parametrize("variants", [["tflite-fp32", "tflite-int8"], None, 7])
def test_convert_makes_one_variant(variants: Any, model: TunedModel, tmp_path: Path) -> None:
    with pytest.raises(VariantError, match="convert makes one variant, such as 'tflite-int8'"):
        convert(model, variants, out=tmp_path / "out")
    with pytest.raises(VariantError, match="tflite-int9"):
        convert(model, "tflite-int9", out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["tflite-int8", "onnx-int8", "tflite-int8-qat"])
def test_calibration_needs_samples(name: str, model: TunedModel, tmp_path: Path) -> None:
    variants = [parse_variant(name), parse_variant("tflite-fp32")]
    with pytest.raises(DataError, match=f"{name}: calibration needs real samples") as raised:
        convert_all(model, variants, samples=None, out=tmp_path / "out")
    assert raised.value.variant == name
    assert not (tmp_path / "out").exists()


def test_a_folder_of_other_files_is_not_replaced(model: TunedModel, tmp_path: Path) -> None:
    folder = tmp_path / "out" / "tflite-fp32"
    folder.mkdir(parents=True)
    (folder / "diary.txt").write_text("mine")
    with pytest.raises(OutputError):
        convert_all(model, [parse_variant("tflite-fp32")], samples=None, out=tmp_path / "out")
    assert (folder / "diary.txt").read_text() == "mine"


def test_no_variants_make_nothing(model: TunedModel, tmp_path: Path) -> None:
    assert convert_all(model, [], samples=None, out=tmp_path / "out") == []
    assert list((tmp_path / "out").iterdir()) == []
