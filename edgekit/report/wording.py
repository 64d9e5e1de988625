"""What became of the variants, in plain words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from edgekit.documents.run import ArtifactEntry

# A variant's state -> the words on its badge.
STATES = {
    "pass": "Pass",
    "fail": "Fail",
    "inconclusive": "Inconclusive",
    "unbuilt": "Not built",
    "uncompared": "Not compared",
}


def state(artifact: ArtifactEntry) -> str:
    """Return what became of one variant: a key of ``STATES``."""
    if artifact.status == "failed":
        return "unbuilt"
    return "uncompared" if artifact.parity is None else artifact.parity.verdict


def sentence(artifacts: Sequence[ArtifactEntry]) -> str:
    """Return the verdict on all variants, as in ``8 of 10 variants pass, 2 are inconclusive: ...``."""
    if not artifacts:
        return "No variant was made."
    counts = Counter(state(artifact) for artifact in artifacts)
    if len(artifacts) == 1:
        return _single(artifacts[0])
    if counts["pass"] == len(artifacts):
        return f"All {len(artifacts)} variants pass."
    return f"{_passing(counts['pass'], len(artifacts))}{_others(counts)}{_needed(artifacts)}."


def _single(artifact: ArtifactEntry) -> str:
    words = {
        "pass": "passes",
        "fail": "fails",
        "inconclusive": "is inconclusive",
        "unbuilt": "could not be built",
        "uncompared": "was not compared",
    }
    return f"{artifact.variant} {words[state(artifact)]}{_needed([artifact])}."


def _passing(passed: int, total: int) -> str:
    if not passed:
        return f"None of {total} variants passes"
    return f"{passed} of {total} variants {'passes' if passed == 1 else 'pass'}"


def _others(counts: Counter[str]) -> str:
    words = {
        "fail": ("fails", "fail"),
        "unbuilt": ("could not be built", "could not be built"),
        "uncompared": ("was not compared", "were not compared"),
        # Last, for what would decide is said right after it.
        "inconclusive": ("is inconclusive", "are inconclusive"),
    }
    phrases = [
        f"{counts[name]} {singular if counts[name] == 1 else plural}"
        for name, (singular, plural) in words.items()
        if counts[name]
    ]
    return "".join(f", {phrase}" for phrase in phrases)


def _needed(artifacts: Sequence[ArtifactEntry]) -> str:
    """Return how many more samples would decide the undecided, as far as that is known."""
    undecided = [artifact.parity for artifact in artifacts if artifact.parity and state(artifact) == "inconclusive"]
    missing = [
        parity.needed_samples - parity.samples
        for parity in undecided
        if parity.needed_samples is not None and parity.needed_samples > parity.samples
    ]
    if not missing:
        return ""
    which = "" if len(missing) == len(undecided) else f" {len(missing)} of them"
    return f": about {max(missing)} more sample{'s' if max(missing) > 1 else ''} would decide{which}"
