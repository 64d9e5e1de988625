"""Downloads for the tests: quick to give up, and checked to leave nothing behind."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from edgekit.errors import EdgekitError
from edgekit.hub.downloads import Progress, download

BODY = os.urandom(300_000)
CUT = 150_000


def fetched(url: str, folder: Path, *, progress: Progress | None = None, tries: int = 3, limit: int = 1 << 20) -> bytes:
    """Return what was downloaded, having checked that nothing else was left behind."""
    target = folder / "target"
    try:
        download(url, target, progress=progress, timeout=0.3, tries=tries, pause=0.01, limit=limit)
    finally:
        assert set(folder.iterdir()) <= {target}
    return target.read_bytes()


def failure(url: str, folder: Path, *, tries: int = 3, limit: int = 1 << 20) -> EdgekitError:
    with pytest.raises(EdgekitError) as caught:
        fetched(url, folder, tries=tries, limit=limit)
    assert not list(folder.iterdir())
    return caught.value


def failure_in(tmp_path: Path, url: str) -> EdgekitError:
    folder = tmp_path / "empty"
    folder.mkdir()
    return failure(url, folder)
