"""What the architecture names is there, and each room is named."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


def missing(page: str) -> list[str]:
    """Return the paths in code spans that are not in the repository."""
    paths = re.findall(r"`((?:edgekit|converters|runtimes|devices|docs|tests)/[\w./-]*)`", page)
    return [path for path in paths if not (ROOT / path).exists()]


def unnamed(page: str) -> list[str]:
    """Return the rooms that the page does not name."""
    rooms = [path.parent.name for path in (ROOT / "edgekit").glob("*/__init__.py")]
    return [room for room in rooms if f"`{room}/`" not in page]


def test_all_that_is_named_is_there() -> None:
    assert missing(PAGE) == []


def test_each_room_is_named() -> None:
    assert unnamed(PAGE) == []


def test_what_is_gone_is_noticed() -> None:
    assert missing(PAGE + "\n`edgekit/attic/box.py`") == ["edgekit/attic/box.py"]
    assert unnamed(PAGE.replace("`graph/`", "")) == ["graph"]
