"""The contract that a TFLite file holds, in the zip behind it."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

from edgekit.contract.contract import CONTRACT_FILE, Contract
from edgekit.errors import ArtifactError, ModuleError

MOST_BYTES = 1 << 20
"""The largest contract that is read."""


def embedded_contract(file: Path) -> Contract | None:
    """Return the contract that a TFLite file holds; None: it has none of edgekit's.

    Raises:
        ArtifactError: It is damaged.
    """
    if not zipfile.is_zipfile(file):
        return None
    try:
        with zipfile.ZipFile(file) as archive:
            if CONTRACT_FILE not in archive.namelist():
                return None
            if archive.getinfo(CONTRACT_FILE).file_size > MOST_BYTES:
                raise ArtifactError(f"{file}: its contract has more than {MOST_BYTES} bytes", path=file)
            return Contract.from_json(json.loads(archive.read(CONTRACT_FILE)))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, ModuleError) as error:
        raise ArtifactError(f"{file}: the contract in it is damaged: {error}", path=file) from error
