"""Precisions: each file says what it is, and lists keep their order."""

from __future__ import annotations

import pytest

from edgekit.errors import EdgekitError
from edgekit.quantization.precision import formats, precision, precisions, precisions_of


def test_lists_go_from_floats_to_integers() -> None:
    tflite = ["fp32", "fp16", "dynamic", "dynamic4", "dynamic4b32", "w8", "w4", "int8", "int8full", "int16x8"]
    assert [entry.name for entry in precisions_of("tflite")] == tflite
    assert [entry.name for entry in precisions_of("onnx")] == ["fp32", "fp16", "dynamic", "w8", "w4", "int8"]
    assert formats() == ("tflite", "onnx")


def test_what_follows_from_the_bits() -> None:
    assert [entry.name for entry in precisions() if entry.four_bits] == ["dynamic4", "dynamic4b32", "w4"]
    assert [entry.name for entry in precisions() if not entry.integer_weights] == ["fp32", "fp16"]
    assert [entry.name for entry in precisions() if entry.as_trained] == ["fp32"]
    assert [entry.name for entry in precisions() if entry.calibrated] == ["int8", "int8full", "int16x8"]
    assert [entry.name for entry in precisions() if entry.trained] == ["int8", "int8full"]
    assert (precision("int8").levels, precision("int16x8").levels) == (255, 65535)


def test_an_unknown_one_names_the_nearest() -> None:
    with pytest.raises(EdgekitError, match="no precision 'int9'; did you mean 'int8'"):
        precision("int9")
