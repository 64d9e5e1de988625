"""The grammar of variants: what is read is printed back, and what is wrong is told."""

from __future__ import annotations

import pytest

from edgekit.errors import VariantError
from edgekit.recipe.variants import Sparsity, all_variants, parse_variant


@pytest.mark.parametrize(
    "text",
    [
        *(str(variant) for variant in all_variants()),
        "tflite-int8-s50",
        "tflite-int8-s2of4",
        "tflite-fp32-c32",
        "onnx-w4-s80b4",
        "tflite-int8-qat",
        "tflite-int8full-s50-qat",
        "onnx-int8-c16-qat",
        "tflite-int8-b1",
        "onnx-int8-s50b4-qat-b8",
    ],
)
def test_what_is_read_is_printed_back(text: str) -> None:
    assert str(parse_variant(text)) == text


def test_the_parts_of_a_variant() -> None:
    variant = parse_variant("tflite-int8-s75b4-qat")
    assert (variant.format, variant.precision, variant.compression.qat) == ("tflite", "int8", True)
    assert variant.compression.sparsity == Sparsity(percent=75, block=4)
    assert Sparsity(percent=75).share == 0.75
    assert Sparsity(zeros=2, of=4).share == 0.5


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tflite-int9", "no variant 'tflite-int9'; did you mean 'tflite-int8'?"),
        ("tflite-int8-b0", "a fixed batch has 1 to 1024 samples, not 0"),
        ("tflite-int8-b4-qat", "no variant"),
        ("tflite-int4", "did you mean 'tflite-w4' .weights as int4, arithmetic in float."),
        ("onnx-int4-s50", "did you mean 'onnx-w4'"),
        ("tflite-int8-s100", r"sparsity 100% is outside \[0, 100\)"),
        ("tflite-int8-s-5", "'s-5' is no sparsity: say s50"),
        ("tflite-int8-s0.5", "'s0.5' is no sparsity"),
        ("tflite-int8-s5of4", "of 4 weights 5 cannot be zero"),
        ("tflite-int8-s50b0", "blocks have 1 to 64 weights, not 0"),
        ("tflite-int8-c1", "2 to 256 clusters, not 1"),
        ("tflite-fp32-qat", "-qat trains for int8; it goes with int8, int8full"),
        ("tflite-int8-qat-s50", "no variant"),
        ("onnx-int16x8", "did you mean 'onnx-int8'"),
    ],
)
def test_what_is_wrong_is_told(text: str, message: str) -> None:
    with pytest.raises(VariantError, match=message):
        parse_variant(text)
