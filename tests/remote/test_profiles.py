"""Device profiles are complete, and a name that is none brings the nearest."""

from __future__ import annotations

import pytest

from edgekit.adapters.delegate import delegate_names
from edgekit.adapters.runtime import runtimes
from edgekit.errors import EdgekitError
from edgekit.remote.profiles import device_names, load_profile


@pytest.mark.parametrize("name", device_names())
def test_each_says_what_runs_there(name: str) -> None:
    profile = load_profile(name)
    assert profile["title"]
    assert profile["runtimes"]
    assert set(profile["runtimes"]) <= set(runtimes())
    assert set(profile["delegates"]) <= set(delegate_names())


def test_they_are_sorted() -> None:
    names = device_names()
    assert "pi4" in names
    assert names == sorted(names)


@pytest.mark.parametrize("name", ["pi44", "", "../pyproject"])
def test_one_that_is_not_there(name: str) -> None:
    with pytest.raises(EdgekitError, match=f"no device '{name}'.*there are: .*pi4"):
        load_profile(name)
