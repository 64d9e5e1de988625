"""What was counted in a model file; whoever opens an artifact reads it, so it is apart from the documents."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import asdict

from edgekit.system.files import JsonObject


class WeightFacts(Struct, frozen=True, kw_only=True):
    """What is known of the weights of an artifact, counted in its file.

    Attributes:
        weights: Number of weights of convolutions and products.
        zeros: How many of them are zero.
        clustered: Number of operators whose weights have few values, for their number; of a variant that was clustered,
            before each of their channels was rounded to integers by its own scale.
        bytes: Size of the file.
        bytes_compressed: Its size after DEFLATE at level 6, as an app's download has it.
        encoded: Whether zeros are left out of the file.
        sparse_kernels: Whether XNNPACK's sparse kernels can be used.
        reason: Why, or why not.
        float_islands: Types of the operators that compute in float between integer ones; empty where none does, or all.
    """

    weights: int
    zeros: int
    clustered: int
    bytes: int
    bytes_compressed: int
    encoded: bool
    sparse_kernels: bool
    reason: str
    float_islands: tuple[str, ...] = ()

    def to_json(self) -> JsonObject:
        """Return the facts as JSON values."""
        return {**asdict(self), "float_islands": list(self.float_islands)}

    @classmethod
    def from_json(cls, facts: JsonObject) -> WeightFacts:
        """Read what `to_json` returned.

        Raises:
            TypeError: A key is missing, or unknown.
        """
        return cls(**{**facts, "float_islands": tuple(facts["float_islands"])})
