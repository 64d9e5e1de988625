"""Texts: sentences in UTF-8, which a model or its front end reads as they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from edgekit.contract.contract import InputSpec
from edgekit.contract.medium import TEXTS, Medium
from edgekit.contract.settings import MediumSettings
from edgekit.contract.shape import Shape


class Settings(MediumSettings, frozen=True, kw_only=True):
    """Of a text nothing is said."""

    kind: ClassVar[str] = "text"


RecipeSettings = Settings


class Text(Medium):
    """What texts need."""

    kind = "text"
    source = TEXTS
    plural = "texts"
    tensor = "string [?]"
    example = '"a sentence"'

    def guesses(self, dtype: str, shape: Shape) -> bool:
        """Whether the tensor holds strings."""
        del shape
        return dtype == "string"

    def fits(self, dtype: str, shape: Shape) -> bool:
        """Whether the tensor holds strings."""
        return self.guesses(dtype, shape)

    def of_texts(self, texts: Sequence[str], spec: InputSpec) -> NDArray[Any]:
        """Return texts as bytes, objects ``[n, 1, ...]`` of as many axes as ``spec`` has."""
        batch = np.empty(len(texts), object)
        batch[:] = [text.encode("utf-8") for text in texts]
        return batch.reshape(-1, *(1 for _ in spec.shape[1:]))

    def steps(self, spec: InputSpec) -> Iterator[str]:
        """Return in words what a text is."""
        del spec
        yield "a sentence in UTF-8"


MEDIUM = Text()
