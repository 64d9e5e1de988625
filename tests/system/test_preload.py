"""The fork server imports what conversions need, so that each child finds it done."""

from __future__ import annotations

import sys

from edgekit.system.processes import ChildExecutor, preload


def imported(name: str) -> bool:
    return name in sys.modules


def test_a_child_finds_tensorflow_imported() -> None:
    preload("edgekit.system.preload")
    with ChildExecutor(1) as children:
        assert children.submit(imported, "tensorflow").result()


def test_a_fresh_child_finds_nothing_imported() -> None:
    """The test above can fail: a child that is not forked from the server starts from nothing."""
    with ChildExecutor(1, fresh=True) as children:
        assert not children.submit(imported, "tensorflow").result()
