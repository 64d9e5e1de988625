"""What a delegate has of a model: a plain dataclass, since predicting imports it and must not wait for msgspec."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Delegation:
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
