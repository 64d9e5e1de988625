"""Tensors: arrays that a model takes as they are, of which nothing is known but shape and dtype."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from edgekit.contract.contract import InputSpec
from edgekit.contract.medium import Medium
from edgekit.contract.settings import MediumSettings, are_limits
from edgekit.contract.shape import Shape


class Settings(MediumSettings, frozen=True, kw_only=True):
    """What is said of a tensor, in a contract as in a recipe.

    Attributes:
        range: Between which values random inputs lie that measure its speed; [0, 1] by default.
        columns: Columns of a CSV file whose numbers it is, in its order; all of numbers by default.
    """

    kind: ClassVar[str] = "tensor"
    range: Annotated[
        tuple[float, float] | None, Meta(extra={"expected": "two numbers, the lower first, such as [0.0, 1.0]"})
    ] = None
    columns: Annotated[tuple[str, ...] | None, Meta(extra={"expected": 'names of columns, such as ["age", "bmi"]'})] = (
        None
    )

    def senseless(self, shape: Shape) -> str | None:
        """Return ``range`` if its ends are not finite, or in no order, and ``columns`` if there are none."""
        del shape
        if self.columns == ():
            return "columns"
        return None if self.range is None or are_limits(self.range) else "range"


RecipeSettings = Settings


class Tensor(Medium):
    """What tensors need: nothing."""

    kind = "tensor"
    plural = "arrays"
    unknown_if_none = ("range", "columns")

    def values(self, spec: InputSpec) -> tuple[float, float]:
        """Return the range, or [0, 1]."""
        assert isinstance(spec.medium, Settings), f"{spec.name} is no tensor"
        return spec.medium.range or (0.0, 1.0)


MEDIUM = Tensor()
