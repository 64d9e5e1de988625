"""What ``edgekit convert --json`` and ``edgekit tune --json`` print: what was made, and where it lies."""

from __future__ import annotations

from typing import Literal

from edgekit.documents.document import Document


class ConversionEntry(Document, frozen=True, kw_only=True):
    """What became of one variant.

    Attributes:
        variant: Its spelling.
        status: ``built`` or ``failed``.
        error: Why it could not be built.
        path: Its folder; null: it was not built.
        rounding: How its weights became integers.
        bytes: Size of the model file and its front end.
        sha256: Digest of the model file, in hexadecimal.
    """

    variant: str
    status: Literal["built", "failed"]
    error: str | None
    path: str | None
    rounding: str | None
    bytes: int | None
    sha256: str | None


class ConversionReport(Document, frozen=True, kw_only=True):
    """What became of a model's variants.

    Attributes:
        model: The original's folder.
        artifacts: Each variant.
    """

    model: str
    artifacts: tuple[ConversionEntry, ...]


class TuningReport(Document, frozen=True, kw_only=True):
    """What was trained.

    Attributes:
        name: The recipe's name.
        model: The model's folder.
        digest: Digest of its files and its contract.
    """

    name: str
    model: str
    digest: str
