"""What sparsity gave an artifact, in one sentence: its zeros, its bytes, its speed beside the dense one's, and why."""

from __future__ import annotations

from collections.abc import Sequence

from edgekit.documents.run import ArtifactEntry
from edgekit.report.numbers import milliseconds, size


def sparsity(artifact: ArtifactEntry, artifacts: Sequence[ArtifactEntry]) -> str | None:
    """Return what is said of the weights of an artifact; ``None`` where nothing was counted.

    Args:
        artifact: An artifact of the document.
        artifacts: All of them; one of the same format and precision with all its weights is what it is held against.
    """
    facts = artifact.weights
    if facts is None or not facts.weights:
        return None
    zeros = facts.zeros / facts.weights
    text = f"{zeros:.1%} of {facts.weights:,} are zero; {size(facts.bytes_compressed)} compressed (DEFLATE)"
    dense = _dense(artifact, artifacts)
    if dense is not None and dense.weights is not None:
        text += f", {size(dense.weights.bytes_compressed)} without {artifact.variant.split('-', 2)[2]}"
        if artifact.latency and dense.latency:
            text += f"; p50 {milliseconds(artifact.latency.p50)} against {milliseconds(dense.latency.p50)}"
    if facts.clustered:
        text += f"; {facts.clustered} layers have at most 256 values"
    if facts.encoded:
        text += "; zeros are left out of the file"
    if facts.float_islands:
        text += f"; left in float: {', '.join(facts.float_islands)}"
    return f"{text}. Sparse kernels of XNNPACK: {'possible' if facts.sparse_kernels else 'no'}, {facts.reason}."


def _dense(artifact: ArtifactEntry, artifacts: Sequence[ArtifactEntry]) -> ArtifactEntry | None:
    """Return the artifact of the same format and precision whose weights are all there."""
    parts = artifact.variant.split("-", 2)
    if len(parts) < 3:
        return None
    name = "-".join(parts[:2])
    return next((entry for entry in artifacts if entry.variant == name and entry.weights), None)
