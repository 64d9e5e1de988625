"""A placement is what a session is opened with, and knows whether that is on another machine."""

from __future__ import annotations

import inspect

import pytest
from msgspec.structs import fields

from edgekit.inference.placement import Placement
from edgekit.inference.sessions import open_session


@pytest.mark.parametrize(
    ("device", "is_remote"),
    [("host", False), ("popen:/bin/sh", False), ("ssh://board", True), ("adb:", True), ("nothing:x", False)],
)
def test_a_placement_knows_other_machines(device: str, is_remote: bool) -> None:
    assert Placement(device=device).is_remote == is_remote


def test_its_attributes_are_arguments_of_a_session() -> None:
    parameters = inspect.signature(open_session).parameters
    for entry in fields(Placement):
        assert parameters[entry.name].default == entry.default
