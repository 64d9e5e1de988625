"""The model card of a bundle: what a reader has to know before using it, as Markdown.

What it covers follows Mitchell et al., Model Cards for Model Reporting (2019): https://arxiv.org/abs/1810.03993
"""

from __future__ import annotations

from collections.abc import Iterator

from edgekit.adapters.metric import load_metric
from edgekit.bundle.golden import Golden
from edgekit.contract.contract import Contract
from edgekit.contract.medium import medium_of
from edgekit.contract.prose import contract_parts
from edgekit.documents.bundle import Card, Manifest
from edgekit.documents.parity import ParityReport, TaskScores
from edgekit.models.artifact import Artifact

NOT_GIVEN = "not given"


def model_card(
    artifact: Artifact,
    card: Card,
    certificate: ParityReport | None,
    golden: Golden,
    manifest: Manifest,
) -> str:
    """Return the card.

    Args:
        artifact: What ships.
        card: The recipe's ``[card]``, and its name.
        certificate: What parity found; None: it was not asked.
        golden: The golden vectors.
        manifest: The bundle's manifest, as far as it is known.
    """
    assert artifact.contract is not None, "a bundle has one"
    parts = [
        f"# {card.name}: {artifact.name}",
        card.description or f"What it is for: {NOT_GIVEN}.",
        "## What goes in, and what comes out",
        "\n".join(_contract(artifact.contract)),
        "## How far it is from the original",
        "\n".join(_certificate(certificate, golden, manifest)),
        "## Where it comes from",
        "\n".join(_origin(artifact, card, manifest)),
        "## How to run it",
        "\n".join(_run(artifact.contract)),
    ]
    return "\n\n".join(parts) + "\n"


def _contract(contract: Contract) -> Iterator[str]:
    for passage in contract_parts(contract):
        yield f"- {passage.verb} `{passage.name}`: {', then '.join(passage.steps)}"


def _certificate(certificate: ParityReport | None, golden: Golden, manifest: Manifest) -> Iterator[str]:
    if certificate is None:
        yield "Not measured: parity was not asked."
    else:
        where = f"{certificate.runtime} on {certificate.device}"
        yield f"**{certificate.verdict}**: {certificate.message}; {where}."
        if certificate.task is not None:
            sentence = _score(certificate.task, certificate.samples)
            if sentence is not None:
                yield f"\n{sentence}"
    for name, limit in manifest.golden.items():
        yield (
            f"\nOn {len(golden.samples)} golden samples `{name}` is {limit.error:.3g} from the original's (root mean "
            f"square, {limit.runtime}); more than {limit.limit:.3g} is a fault."
        )


def _score(task: TaskScores, samples: int) -> str | None:
    """Say what original and artifact score on held-out samples; None where they have no scores of their own."""
    sentence = load_metric(task.metric).NOTATION.sentence
    return None if sentence is None else sentence(task, samples)


def _origin(artifact: Artifact, card: Card, manifest: Manifest) -> Iterator[str]:
    yield f"- made by {artifact.made_by}"
    yield f"- licence of the module: {card.module_licence or NOT_GIVEN}"
    yield f"- licence of the data: {card.data_licence or NOT_GIVEN}"
    yield f"- SHA-256 of the model file: `{artifact.digest().hex}`"
    yield "- tools: " + ", ".join(f"{name} {version}" for name, version in manifest.made_with.items())
    for sentence in artifact.unsaid:
        yield f"- the file's public metadata cannot say of {sentence}"


def _run(contract: Contract) -> Iterator[str]:
    example = medium_of(contract.inputs[0]).example
    yield f"    python3 BUNDLE {example}"
    yield "    python3 BUNDLE --verify"
