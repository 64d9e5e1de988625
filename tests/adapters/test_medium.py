"""The port of media: what it hands on from below is what adapters are, and each file keeps all of it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from edgekit.adapters import medium as port
from edgekit.adapters.ports import shortcomings
from edgekit.contract import medium as below
from edgekit.contract.medium import media_names
from edgekit.contract.settings import MediumSettings
from edgekit.system import registry


def test_it_is_the_same_port_as_contracts_ask() -> None:
    assert port.Medium is below.Medium
    assert port.load_medium is below.load_medium
    assert port.medium_of is below.medium_of


@pytest.mark.parametrize("name", media_names())
def test_each_file_has_its_settings_and_its_medium(name: str) -> None:
    module = registry.load("data.media", name)
    assert isinstance(module.MEDIUM, port.Medium)
    assert issubclass(module.Settings, MediumSettings)
    assert issubclass(module.RecipeSettings, MediumSettings)
    assert {module.MEDIUM.kind, module.Settings.kind, module.RecipeSettings.kind} == {name}


def test_a_file_without_settings_for_recipes_is_noticed() -> None:
    module = registry.load("data.media", "text")
    partial = SimpleNamespace(Settings=module.Settings, MEDIUM=module.MEDIUM)
    assert shortcomings(partial, port.MediumFile) == ["it has no constant RecipeSettings"]
    partial.RecipeSettings = module.RecipeSettings
    assert shortcomings(partial, port.MediumFile) == []
