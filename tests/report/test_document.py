"""The document of a run: its verdict is the worst of its variants, and what is missing is no pass."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from edgekit.documents.document import Verdict
from edgekit.documents.run import ArtifactEntry
from edgekit.report.document import overall_verdict
from tests.report.conftest import make_artifact

VERDICTS: tuple[Verdict, ...] = ("pass", "inconclusive", "fail")


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        (["pass", "pass"], "pass"),
        (["pass", "inconclusive"], "inconclusive"),
        (["inconclusive", "fail"], "fail"),
        (["pass", None], "fail"),
    ],
)
def test_the_worst_verdict_counts(verdicts: list[Verdict | None], expected: Verdict) -> None:
    built = ArtifactEntry.from_json(make_artifact("tflite-fp32", "pass", drop=0.0, error=0, worst=[]))
    assert built.parity is not None
    failed = replace(built, parity=None)
    judged = {verdict: replace(built, parity=replace(built.parity, verdict=verdict)) for verdict in VERDICTS}
    artifacts = [judged[verdict] if verdict else failed for verdict in verdicts]
    assert overall_verdict(artifacts) == expected
