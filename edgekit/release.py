"""A release: an artifact in the place of an original, that a newer one is compared with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edgekit.artifacts import Artifact
from edgekit.contract import Contract


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

    def digest(self) -> str:
        """Return the digest of its file."""
        return self.artifact.digest()
