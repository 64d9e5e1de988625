"""What sparsity gave, in words."""

from __future__ import annotations

from typing import Any

from edgekit.report.sparsity import sparsity
from tests.report.conftest import make_artifact, make_weights


def made(variant: str, zeros: int) -> dict[str, Any]:
    return {**make_artifact(variant, "pass", drop=0.0, error=0, worst=[]), "weights": make_weights(zeros=zeros)}


def test_a_pruned_artifact_is_held_against_the_dense_one() -> None:
    dense, pruned = made("tflite-int8", 0), made("tflite-int8-s50", 500)
    text = sparsity(pruned, [dense, pruned])
    assert text is not None
    plain = text.replace("\N{NO-BREAK SPACE}", " ")
    assert plain.startswith("50.0% of 1,000 are zero; 450 kB compressed (DEFLATE), 600 kB without s50; p50 1.40 ms")
    assert text.endswith("Sparse kernels of XNNPACK: no, no 1x1 convolution has two thirds zeros; the most is 50%.")


def test_alone_it_is_held_against_nothing() -> None:
    text = sparsity(made("tflite-int8-s50", 500), [])
    assert text is not None
    assert "without" not in text


def test_what_was_left_in_float_is_named() -> None:
    artifact = made("tflite-int8", 0)
    artifact["weights"]["float_islands"] = ["DIV", "SQRT"]
    assert "left in float: DIV, SQRT" in (sparsity(artifact, [artifact]) or "")
    assert sparsity({**artifact, "weights": None}, []) is None
