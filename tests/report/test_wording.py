from __future__ import annotations

import pytest

from edgekit.documents.run import ArtifactEntry
from edgekit.report.wording import sentence
from tests.report.conftest import make_artifact, make_failed


def make(variant: str, verdict: str | None, *, needed: int | None = None) -> ArtifactEntry:
    if verdict == "unbuilt":
        return ArtifactEntry.from_json(make_failed(variant))
    artifact = make_artifact(variant, verdict or "pass", drop=0.0, error=0, worst=[])
    parity = None if verdict is None else {**artifact["parity"], "samples": 40, "needed_samples": needed}
    return ArtifactEntry.from_json({**artifact, "parity": parity})


@pytest.mark.parametrize(
    ("artifacts", "words"),
    [
        ([], "No variant was made."),
        ([make("a", "pass")], "a passes."),
        ([make("a", "inconclusive", needed=41)], "a is inconclusive: about 1 more sample would decide."),
        ([make("a", None)], "a was not compared."),
        ([make("a", "pass"), make("b", "pass")], "All 2 variants pass."),
        ([make("a", "pass"), make("b", "fail")], "1 of 2 variants passes, 1 fails."),
        ([make("a", "fail"), make("b", "unbuilt")], "None of 2 variants passes, 1 fails, 1 could not be built."),
        (
            [make("a", "pass"), make("b", "inconclusive", needed=80), make("c", "inconclusive", needed=101)],
            "1 of 3 variants passes, 2 are inconclusive: about 61 more samples would decide.",
        ),
        (
            [make("a", "pass"), make("b", "inconclusive", needed=80), make("c", "inconclusive")],
            "1 of 3 variants passes, 2 are inconclusive: about 40 more samples would decide 1 of them.",
        ),
        ([make("a", "pass"), make("b", "inconclusive")], "1 of 2 variants passes, 1 is inconclusive."),
    ],
)
def test_sentence(artifacts: list[ArtifactEntry], words: str) -> None:
    assert sentence(artifacts) == words
