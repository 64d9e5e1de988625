"""What sparsity gave, in words."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from edgekit.documents.run import ArtifactEntry
from edgekit.report.sparsity import sparsity
from tests.report.conftest import make_artifact, make_weights


def pruned_artifact(variant: str, zeros: int, *, islands: Sequence[str] = ()) -> ArtifactEntry:
    artifact = make_artifact(variant, "pass", drop=0.0, error=0, worst=[])
    return ArtifactEntry.from_json({**artifact, "weights": {**make_weights(zeros=zeros), "float_islands": islands}})


def test_a_pruned_artifact_is_held_against_the_dense_one() -> None:
    dense, pruned = pruned_artifact("tflite-int8", 0), pruned_artifact("tflite-int8-s50", 500)
    text = sparsity(pruned, [dense, pruned])
    assert text is not None
    plain = text.replace("\N{NO-BREAK SPACE}", " ")
    assert plain.startswith("50.0% of 1,000 are zero; 450 kB compressed (DEFLATE), 600 kB without s50; p50 1.40 ms")
    assert text.endswith("Sparse kernels of XNNPACK: no, no 1x1 convolution has two thirds zeros; the most is 50%.")


def test_alone_it_is_held_against_nothing() -> None:
    text = sparsity(pruned_artifact("tflite-int8-s50", 500), [])
    assert text is not None
    assert "without" not in text


def test_what_was_left_in_float_is_named() -> None:
    artifact = pruned_artifact("tflite-int8", 0, islands=["DIV", "SQRT"])
    assert "left in float: DIV, SQRT" in (sparsity(artifact, [artifact]) or "")
    assert sparsity(replace(artifact, weights=None), []) is None
