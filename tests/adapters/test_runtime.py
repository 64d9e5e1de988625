"""Runtimes by environment and preference, and what each says of itself."""

from __future__ import annotations

import tomllib
from types import SimpleNamespace

import pytest

from edgekit.adapters.device import PHONE, PROCESS, PYTHON
from edgekit.adapters.runtime import KIND, load_runtime, runtimes
from edgekit.errors import EdgekitError
from edgekit.system import registry
from tests.environments import ROOT

ENVIRONMENTS = (PROCESS, PYTHON, PHONE)


@pytest.mark.parametrize("name", registry.names(KIND))
def test_a_runtime_says_what_it_runs_and_what_installs_it(name: str) -> None:
    runtime = load_runtime(name)
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    assert runtime.FORMATS
    assert runtime.ENVIRONMENTS
    assert set(runtime.ENVIRONMENTS) <= set(ENVIRONMENTS)
    assert runtime.EXTRA in extras


def test_an_environment_has_those_that_name_it() -> None:
    for environment in ENVIRONMENTS:
        entries = runtimes(environment)
        assert entries
        assert all(environment in adapter.ENVIRONMENTS for adapter in entries.values())
        outside = runtimes().keys() - entries.keys()
        assert not any(environment in runtimes()[name].ENVIRONMENTS for name in outside)
    assert set(runtimes()) == set(registry.names(KIND))
    assert runtimes("nowhere") == {}


def test_the_preferred_one_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    ranks = [adapter.RANK for adapter in runtimes().values()]
    assert ranks == sorted(ranks)
    stubs = {name: SimpleNamespace(RANK=rank, ENVIRONMENTS=()) for name, rank in (("a", 2), ("b", 0), ("c", 0))}
    monkeypatch.setattr(registry, "names", lambda kind: list(stubs))
    monkeypatch.setattr(registry, "load", lambda kind, name: stubs[name])
    assert list(runtimes()) == ["b", "c", "a"]  # and those alike by name


def test_an_unknown_one_names_the_nearest() -> None:
    with pytest.raises(EdgekitError, match="no runtime 'litrt'; did you mean 'litert'"):
        load_runtime("litrt")
