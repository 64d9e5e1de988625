"""The tuned model: the original that every artifact is compared with."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from edgekit.contract.contract import Contract
from edgekit.system.digests import Digest, tree_digest, value_digest

FRONT_FOLDER = "frontend"
"""Folder of a portable front end, beside what it feeds."""
SERVED_FILE = "served.json"


class TunedModel(Struct, frozen=True, kw_only=True):
    """The original that every artifact is compared with.

    Attributes:
        path: Folder of the SavedModel.
        contract: What goes in and comes out.
    """

    path: Path
    contract: Contract

    @property
    def front(self) -> Path | None:
        """Folder of the front end that makes what the SavedModel takes of the public inputs; None: it takes these."""
        folder = self.path / FRONT_FOLDER
        return folder if folder.is_dir() else None

    def served(self) -> Contract:
        """Return what the SavedModel itself takes and gives.

        Raises:
            ModuleError: It cannot be read.
        """
        return self.contract if self.front is None else Contract.load(self.path, SERVED_FILE)

    def digest(self) -> Digest:
        """Return the digest of the model's files, contract included."""
        return value_digest([tree_digest(self.path), self.contract.to_json()])
