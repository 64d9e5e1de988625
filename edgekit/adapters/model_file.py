"""What each file in ``formats/model_files`` offers."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Protocol

from edgekit.contract.contract import Contract
from edgekit.formats.tflite.operators import Operator


class ModelFileFormat(Protocol):
    """What any layer may ask a model file of the format that the file is named after.

    Attributes:
        RANK: Its place where a file may be of several formats; that with the surest sign comes first.
    """

    RANK: int

    def recognizes(self, head: bytes) -> bool:
        """Whether a file that begins with some bytes is of this format."""
        ...

    def embedded_contract(self, file: Path) -> Contract | None:
        """Return the contract of edgekit's that a file holds; None: none.

        Raises:
            ArtifactError: It is damaged.
        """
        ...

    def op_counts(self, file: Path) -> Counter[str]:
        """Count the ops of a file by type.

        Raises:
            ArtifactError: It is damaged.
        """
        ...

    def operators(self, file: Path) -> list[Operator]:
        """Return the operators that rules of delegates ask about; none where rules are not by operators.

        Raises:
            ArtifactError: It is damaged.
        """
        ...
