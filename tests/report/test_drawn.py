"""Charts draw what has its numbers; what lacks one is left out, and is no zero."""

from __future__ import annotations

from msgspec.structs import replace

from edgekit.documents.run import ArtifactEntry
from edgekit.report.drawn import scored_artifacts, timed_artifacts
from tests.report.conftest import make_artifact, make_failed

BUILT = ArtifactEntry.from_json(make_artifact("tflite-int8", "pass", drop=0.01, error=0.1, worst=[]))
FAILED = ArtifactEntry.from_json(make_failed("onnx-int8"))


def test_what_was_built_has_a_score() -> None:
    (scored,) = scored_artifacts([BUILT, FAILED])
    assert (scored.variant, scored.verdict, scored.drop) == ("tflite-int8", "pass", 0.01)
    assert scored.drop_interval is not None


def test_without_a_drop_nothing_is_drawn() -> None:
    assert BUILT.parity is not None
    assert BUILT.task is not None
    missing = replace(BUILT, parity=replace(BUILT.parity, task=replace(BUILT.task, drop=None)))
    assert scored_artifacts([missing]) == []


def test_an_interval_without_an_end_is_none() -> None:
    assert BUILT.parity is not None
    assert BUILT.task is not None
    opened = replace(BUILT, parity=replace(BUILT.parity, task=replace(BUILT.task, drop_interval=(None, 0.02))))
    (scored,) = scored_artifacts([opened])
    assert scored.drop_interval is None


def test_a_latency_that_was_not_measured_is_left_out() -> None:
    assert [timed.variant for timed in timed_artifacts([BUILT, FAILED])] == ["tflite-int8"]
    assert timed_artifacts([replace(BUILT, latency=None)]) == []
