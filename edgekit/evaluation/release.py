"""A release: an artifact in the place of an original, that a newer one is compared with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edgekit.contract.contract import Contract
from edgekit.data.leakage import SEEN_FILE, Seen, load_seen
from edgekit.models.artifact import Artifact
from edgekit.models.run_layout import run_of
from edgekit.system.digests import Digest


@dataclass(frozen=True, kw_only=True)
class Release:
    """An older artifact.

    Attributes:
        artifact: What shipped.
        contract: What goes in, in floats, and what comes out.
    """

    artifact: Artifact
    contract: Contract

    @property
    def path(self) -> Path:
        """Where it is."""
        return self.artifact.path

    def digest(self) -> Digest:
        """Return the digest of its file."""
        return self.artifact.digest()

    def trained_on(self) -> Seen | None:
        """Return what trained its model, as its run or its bundle says; None: neither is at hand."""
        run = run_of(self.artifact)
        places = [self.path.parent, *([] if run is None else [run / "model"])]
        return next((load_seen(place) for place in places if (place / SEEN_FILE).is_file()), None)

    def seen(self) -> Seen:
        """Return what trained or calibrated it, as far as that is known."""
        return (self.trained_on() or frozenset()) | self.artifact.calibrated_on
