"""The worst samples of all variants, each once; only pictures that are in the document itself are shown."""

from __future__ import annotations

from typing import Any

from edgekit.documents.run import ArtifactEntry
from edgekit.report.disagreements import disagreements, summary
from tests.report.conftest import make_artifact, make_picture, make_worst


def artifact(variant: str, *worst: dict[str, Any]) -> ArtifactEntry:
    return ArtifactEntry.from_json(make_artifact(variant, "pass", drop=0.0, error=0.1, worst=list(worst)))


def test_a_sample_of_two_variants_is_one_and_comes_first() -> None:
    both = make_worst("both.jpg", "rose", picture=None)
    alone = make_worst("alone.jpg", "rose", picture=None)
    samples = disagreements([artifact("tflite-int8", alone, both), artifact("onnx-int8", both)])
    assert [sample.sample for sample in samples] == ["both.jpg", "alone.jpg"]
    assert [answer.variant for answer in samples[0].answers] == ["tflite-int8", "onnx-int8"]


def test_an_answer_that_stayed_has_not_changed() -> None:
    (sample,) = disagreements([artifact("tflite-int8", make_worst("same.jpg", "daisy", picture=None))])
    assert sample.reference.label == "daisy"
    assert not sample.changed
    assert summary([sample], []).startswith("None of these samples has an answer that changed")


def test_one_that_changed_is_counted() -> None:
    samples = disagreements([artifact("tflite-int8", make_worst("other.jpg", "rose", picture=None))])
    assert summary(samples, []).startswith("1 of these samples has an answer that changed")


def test_a_picture_of_elsewhere_is_not_shown() -> None:
    inside = make_picture("red")
    (near,) = disagreements([artifact("tflite-int8", make_worst("a.jpg", "rose", picture=inside))])
    (far,) = disagreements([artifact("tflite-int8", make_worst("a.jpg", "rose", picture="https://example.com/a.png"))])
    assert near.picture == inside
    assert far.picture is None
