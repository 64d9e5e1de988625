"""What a delegate has of a model; predicting imports it, so it is apart from the documents."""

from __future__ import annotations

from msgspec import Struct


class Delegation(Struct, frozen=True, kw_only=True):
    """What a delegate has of a model, and how that is known.

    Attributes:
        nodes: Number of operators that it runs.
        total: Number of operators of the model.
        partitions: Number of pieces that it runs; None where the runtime does not tell.
        proof: What the runtime said.
    """

    nodes: int
    total: int
    partitions: int | None
    proof: str
