"""The port of media: image, audio, text, tensor; one file each in ``edgekit/data/media``.

It is defined below, in `edgekit.contract.medium`, as contracts and samples ask media too.
"""

from __future__ import annotations

from typing import Protocol

from edgekit.contract.medium import Medium as Medium
from edgekit.contract.medium import load_medium as load_medium
from edgekit.contract.medium import medium_of as medium_of
from edgekit.contract.settings import MediumSettings


class MediumFile(Protocol):
    """What each file in ``data/media`` offers."""

    Settings: type[MediumSettings]
    """What a contract says of an input of the medium."""
    RecipeSettings: type[MediumSettings]
    """What a recipe says of it."""
    MEDIUM: Medium
    """What reads, fits and shows it."""
