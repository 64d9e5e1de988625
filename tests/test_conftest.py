"""Tests that share what their module makes once go to one worker; each leaves the environment as it was."""

from __future__ import annotations

import os

import pytest

from tests.environments import kept_environment


@pytest.fixture(scope="module")
def model() -> str:
    return "dear"


def groups(request: pytest.FixtureRequest) -> list[str]:
    return [marker.args[0] for marker in request.node.iter_markers("xdist_group")]


def test_a_test_with_a_fixture_of_its_module_has_the_module_as_group(
    model: str, request: pytest.FixtureRequest
) -> None:
    assert groups(request) == ["tests.test_conftest"]


def test_a_test_without_one_is_free(request: pytest.FixtureRequest) -> None:
    assert groups(request) == []


@pytest.mark.xdist_group("phone")
def test_a_group_of_its_own_stays(model: str, request: pytest.FixtureRequest) -> None:
    assert groups(request) == ["phone"]


def test_the_runner_of_two_workers_sees_the_group(model: str, request: pytest.FixtureRequest) -> None:
    """A pytest that its plugin does not know may lose groups without a word; then each worker makes all fixtures."""
    if not request.config.getoption("loadgroup", default=False):
        pytest.skip("tests run in one process, or without --dist loadgroup")
    assert request.node.nodeid.endswith("@tests.test_conftest")


def test_variables_are_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHANGED", "before")
    monkeypatch.setenv("REMOVED", "before")
    monkeypatch.delenv("ADDED", raising=False)
    with kept_environment():
        os.environ.update(CHANGED="within", ADDED="within")
        del os.environ["REMOVED"]
    assert os.environ["CHANGED"] == os.environ["REMOVED"] == "before"
    assert "ADDED" not in os.environ
