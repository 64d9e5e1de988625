"""A release: any model but a SavedModel that says all, in the place of an original that others are compared with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from msgspec import structs

from edgekit.contract.alignment import completed
from edgekit.contract.binding import bind
from edgekit.contract.contract import Contract
from edgekit.data.leakage import SEEN_FILE, Seen, load_seen
from edgekit.data.samples import Samples
from edgekit.errors import DataError, MissingExtraError
from edgekit.inference.contenders import contract_of, is_quantized, load_contender
from edgekit.inference.sessions import as_artifact
from edgekit.models.artifact import Artifact
from edgekit.models.run_layout import run_of
from edgekit.models.tuned_model import TunedModel
from edgekit.original.statements import with_class_names
from edgekit.system.digests import Digest


@dataclass(frozen=True, kw_only=True)
class Release:
    """An older artifact, or a model of which others say more than it does itself.

    Attributes:
        artifact: What shipped.
        contract: What raw samples become, in floats, and what comes out, by its own names.
    """

    artifact: Artifact
    contract: Contract

    @property
    def path(self) -> Path:
        """Where it is."""
        return self.artifact.path

    def digest(self) -> Digest:
        """Return the digest of its file, or of its folder."""
        return self.artifact.digest()

    def trained_on(self) -> Seen | None:
        """Return what trained its model, as its run or its bundle says; None: neither is at hand."""
        run = run_of(self.artifact)
        places = [self.path, self.path.parent, *([] if run is None else [run / "model"])]
        return next((load_seen(place) for place in places if (place / SEEN_FILE).is_file()), None)

    def seen(self) -> Seen:
        """Return what trained or calibrated it, as far as that is known."""
        return (self.trained_on() or frozenset()) | self.artifact.calibrated_on


def reference(model: object) -> TunedModel | Release:
    """Return a model of any kind in the place of the original.

    Raises:
        HandleError, ModuleError, ArtifactError: It is no model, or cannot be run.
    """
    contender = model if isinstance(model, TunedModel | Artifact) else load_contender(model)
    if isinstance(contender, TunedModel):
        return contender
    return Release(artifact=contender, contract=contract_of(contender))


def with_their_words(
    original: TunedModel | Release, candidates: Sequence[Artifact], names: Mapping[str, str]
) -> TunedModel | Release:
    """Return an original that does not say what raw samples become it, or what it answers, as its candidates say it.

    Args:
        original: The original.
        candidates: What is compared with it; the first that says something counts.
        names: What inputs and outputs of the original are called there, where that differs.

    Raises:
        DataError: Two candidates say different things.
    """
    contracts = list(_completed(original.contract, candidates, names))
    if not contracts:
        return original
    if any(contract.inputs != contracts[0].inputs for contract in contracts):
        first, second = (", ".join(_said(contract)) for contract in contracts[:2])
        raise DataError(
            f"{original.path} does not say how its raw samples are prepared, and what it is compared with says "
            f"different things: {first}; {second}",
            setting="range",
        )
    if not isinstance(original, TunedModel):
        return replace(original, contract=contracts[0])
    if [spec.shape for spec in original.contract.inputs] == [spec.shape for spec in contracts[0].inputs]:
        return structs.replace(original, contract=contracts[0])
    return Release(artifact=as_artifact(original), contract=contracts[0])  # which is asked in its own layout


def _completed(contract: Contract, candidates: Sequence[Artifact], names: Mapping[str, str]) -> Iterator[Contract]:
    """Yield a contract as each candidate completes it that says something of it."""
    for candidate in candidates:
        theirs = candidate.contract
        if theirs is None:
            continue
        try:
            inputs = bind(contract.inputs, theirs.inputs, names)
            outputs = bind(contract.outputs, theirs.outputs, names)
        except DataError:
            continue  # the comparison says why
        fuller = completed(contract, theirs, inputs, outputs)
        if fuller != contract:
            yield fuller


def _said(contract: Contract) -> Iterator[str]:
    for spec in contract.inputs:
        settings = " ".join(f"{name} {value}" for name, value in spec.medium.to_json().items())
        yield f"{spec.name} {spec.kind} {settings}"


def with_class_names_of(original: TunedModel | Release, samples: Samples) -> tuple[TunedModel | Release, str | None]:
    """Return an original that has no labels with those of the data, if their number is right, and what to warn of."""
    contract, doubt = with_class_names(original.contract, samples)
    if isinstance(original, TunedModel):
        return structs.replace(original, contract=contract), doubt
    return replace(original, contract=contract), doubt


def seen_by(original: TunedModel | Release) -> Seen:
    """Return what trained or calibrated an original, as far as that is known."""
    return load_seen(original.path) if isinstance(original, TunedModel) else original.seen()


def remarks(
    original: TunedModel | Release, candidates: Sequence[Artifact], *, released: bool = False
) -> tuple[str, ...]:
    """Say what makes an original less than a reference: that it computes with integers itself.

    Args:
        original: What the others are compared with.
        candidates: The others.
        released: Whether that is meant: it is an older release, which nobody takes for the truth.

    Raises:
        DataError: None of them is a reference, and the original is no release.
    """
    if isinstance(original, TunedModel):
        return ()
    name = original.artifact.name
    try:
        if not is_quantized(original.artifact):
            return ()
        others = [candidate.name for candidate in candidates if not is_quantized(candidate)]
    except MissingExtraError:
        return ()  # nobody can tell here
    if not others and not released:
        raise DataError(
            f"none of them is a reference: {name} is quantized too, so a difference may be the error of either, and "
            f"likeness may be a fault of both. Compare each with the float model that they were made of; or say that "
            f"{name} is an older release, which this one is to be as good as",
            setting="against",
        )
    if not others:
        return (
            f"none of them is a reference: the older release {name} is quantized too, so the verdict is on whether "
            f"this one is as good as that, and says nothing of how either answers beside the float model",
        )
    return (
        f"{name} is quantized, so a difference may be its own error and not that of {', '.join(others)}: name the "
        f"float model first",
    )
