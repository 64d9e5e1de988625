"""Settings of a medium: what a contract and a recipe say of how its raw samples become a tensor."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import msgspec

from edgekit.contract.shape import Shape

Stated = Mapping[str, Any]
"""Settings that somebody states, by the names of their fields."""


def are_limits(numbers: Sequence[float]) -> bool:
    """Whether numbers are the two ends of a range: finite, the lower first."""
    return len(numbers) == 2 and all(math.isfinite(number) for number in numbers) and numbers[0] < numbers[1]


class MediumSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every medium's settings are; each medium has a class of its own, whose fields are all None by default.

    Attributes:
        kind: Name of the medium, which is that of its file in ``edgekit/data/media``.
    """

    kind: ClassVar[str]

    def senseless(self, shape: Shape) -> str | None:
        """Return the name of the first field that no input of ``shape`` can have; None: all make sense."""
        del shape
        return None

    def contradiction(self) -> str | None:
        """Return which settings of a recipe do not go with each other, as a sentence; None: all do."""
        return None

    def to_json(self) -> dict[str, object]:
        """Return the fields that say something, in the order of their declaration, as JSON values."""
        values = {name: getattr(self, name) for name in self.__struct_fields__}
        stated = {name: value for name, value in values.items() if value is not None}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in stated.items()}
