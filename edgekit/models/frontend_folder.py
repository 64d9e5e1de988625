"""A front end and the contract of what it takes, kept beside a model."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edgekit.contract.contract import Contract
from edgekit.frontend import Program, save_program
from edgekit.models.tuned_model import FRONT_FOLDER, SERVED_FILE
from edgekit.system.files import write_json


@dataclass(frozen=True, kw_only=True)
class Front:
    """A front end that is part of the model itself: what it makes of the public inputs, and their contract."""

    program: Program
    contract: Contract


def save_front(front: Front, served: Contract, folder: Path) -> None:
    """Write a front end beside the SavedModel that it stands before, and both contracts."""
    front.contract.save(folder)
    save_program(front.program, folder / FRONT_FOLDER)
    write_json(folder / SERVED_FILE, served.to_json())
