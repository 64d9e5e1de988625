from __future__ import annotations

import pytest

from edgekit.errors import RecipeError
from edgekit.recipe.input_recipe import InputRecipe


def test_settings_go_with_the_medium_that_has_them() -> None:
    table = InputRecipe(name="x", settings={"range": (0.0, 1.0)})
    for kind in ("image", "tensor"):
        table.check_settings(kind)
        assert table.stated(kind) == {"range": (0.0, 1.0)}
    assert table.stated("audio") == {}
    with pytest.raises(RecipeError, match=r"\[inputs\.x\] range does not go with an input of kind 'audio'"):
        table.check_settings("audio")
