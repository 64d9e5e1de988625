from __future__ import annotations

from typing import Any

import pytest

from edgekit.report.wording import sentence


def make(variant: str, verdict: str | None, *, needed: int | None = None) -> dict[str, Any]:
    if verdict == "unbuilt":
        return {"variant": variant, "status": "failed", "parity": None}
    parity = None if verdict is None else {"verdict": verdict, "samples": 40, "needed_samples": needed}
    return {"variant": variant, "status": "built", "parity": parity}


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
def test_sentence(artifacts: list[dict[str, Any]], words: str) -> None:
    assert sentence(artifacts) == words
