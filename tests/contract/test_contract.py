"""Contracts of artifacts made before: read, and written back as they were."""

from __future__ import annotations

import json
from typing import Any

import pytest

from edgekit.contract.contract import Contract, InputSpec
from edgekit.errors import ModuleError

# As `artifact.json` of each medium held them before inputs had settings of a medium; their order is part of them.
OUTPUTS = (
    '{"scores": {"meaning": "logits", "dtype": "float32", "shape": [null, 2], "key": "scores", "labels": ["a", "b"]}}'
)
IMAGE = """{"kind": "image", "dtype": "float32", "shape": [null, 32, 32, 3], "key": "image", "range": [0.0, 1.0],
 "size": [32, 32], "crop": 0.875, "resize": "bilinear", "antialias": true, "channels": "BGR",
 "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225],
 "quantization": {"scale": 0.003921568859368563, "zero_point": -128, "dtype": "int8"}}"""
AUDIO = """{"kind": "audio", "dtype": "float32", "shape": [null, 8000], "key": "sound", "sample_rate": 8000,
 "resample": "soxr HQ", "fit": "cut, or zeros at the end"}"""
TEXT = '{"kind": "text", "dtype": "string", "shape": [null], "key": "text"}'
TENSOR = '{"kind": "tensor", "dtype": "int32", "shape": [null, 128], "key": "ids"}'
RANGED = '{"kind": "tensor", "dtype": "float32", "shape": [null, 7], "key": "x", "range": [-1.0, 1.0]}'


@pytest.mark.parametrize("spec", [IMAGE, AUDIO, TEXT, TENSOR, RANGED])
def test_a_contract_made_before_is_read_and_written_back_the_same(spec: str) -> None:
    text = f'{{"signature": "serving_default", "inputs": {{"x": {spec}}}, "outputs": {OUTPUTS}}}'
    value = json.loads(text)
    contract = Contract.from_json(value)
    assert json.dumps(contract.to_json()) == json.dumps(value)  # the order of keys included
    assert Contract.from_json(contract.to_json()) == contract


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kind": "smell"}, "its kind is 'smell', which makes no sense"),
        ({"shape": [None, "a", 32, 3]}, "its shape is"),
        ({"shape": [None, 9000, 32, 3]}, "its shape is"),
        ({"size": [99999, 8]}, r"its size is \(99999, 8\)"),
        ({"size": [8]}, r"its size is \(8,\)"),
        ({"size": "large"}, "its size is 'large'"),
        ({"range": [1.0, 0.0]}, r"its range is \(1.0, 0.0\)"),
        ({"crop": 0}, "its crop is 0"),
        ({"resize": "magic"}, "its resize is 'magic'"),
        ({"channels": "GBR"}, "its channels is 'GBR'"),
        ({"std": [0.0, 1.0, 1.0]}, "its std is"),
        ({"sample_rate": 8000}, "sample_rate"),
    ],
)
def test_what_no_input_can_be_is_refused(changes: dict[str, Any], message: str) -> None:
    fields = json.loads(IMAGE) | changes
    with pytest.raises(ModuleError, match=message):
        Contract.from_json({"signature": "", "inputs": {"x": fields}, "outputs": {}})
    Contract.from_json({"signature": "", "inputs": {"x": json.loads(IMAGE)}, "outputs": {}})  # which can be


def test_settings_of_another_medium_are_not_taken_over() -> None:
    spec = InputSpec.of("image", name="x", dtype="float32", shape=(None, 8, 8, 3), key="x", range=(0.0, 1.0))
    assert spec.of_medium("image") is spec
    assert spec.of_medium("tensor").to_json() == {
        "kind": "tensor",
        "dtype": "float32",
        "shape": [None, 8, 8, 3],
        "key": "x",
    }
