"""What a recipe says of one input, as a frozen value."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from edgekit.contract.medium import recipe_settings
from edgekit.contract.settings import Stated
from edgekit.errors import RecipeError


@dataclass(frozen=True, kw_only=True)
class InputRecipe:
    """One ``[inputs.NAME]`` table.

    Attributes:
        name: Public name of the input.
        module: Handle of the module that reads it; None with a finished ``model``.
        kind: Its medium; None: from the signature.
        settings: What is stated of the medium, by the names of the fields of its class of settings for recipes.
        signature: Signature of the module to use; None: the module itself, or its ``default`` or ``serving_default``.
        output: Output of the module that the head reads, where it has several.
        trust: Digest of a module that may do more than compute.
        vocabulary: For a text whose module takes numbers of word pieces, the file with one word piece per line.
        tokens: Length that such a text is cut or padded to, where the module leaves it free.
        lowercase: Whether such a text is lowercased, and its accents dropped; None: if the vocabulary has no capitals.
    """

    name: str
    module: str | None = None
    kind: str | None = None
    settings: Stated = field(default_factory=dict)
    signature: str | None = None
    output: str | None = None
    trust: str | None = None
    vocabulary: Path | None = None
    tokens: int | None = None
    lowercase: bool | None = None

    def stated(self, kind: str) -> Stated:
        """Return the settings that a medium has."""
        keys = recipe_settings(kind).__struct_fields__
        return {key: setting for key, setting in self.settings.items() if key in keys}

    def check_settings(self, kind: str) -> None:
        """Refuse settings that a medium has not; `RecipeError`."""
        stated = self.stated(kind)
        for key in self.settings:
            if key not in stated:
                raise RecipeError(f"[inputs.{self.name}] {key} does not go with an input of kind {kind!r}")
