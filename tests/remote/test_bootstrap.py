"""The first text that a device runs: it takes the shim once, and only as it was sent."""

from __future__ import annotations

import hashlib
import io
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from edgekit.remote import bootstrap


class Channel:
    """What a device receives, in order, and what it sends."""

    def __init__(self, *messages: Any) -> None:
        self.messages, self.answers = list(messages), list[Any]()

    def receive(self) -> Any:
        return self.messages.pop(0)

    def send(self, answer: Any) -> None:
        self.answers.append(answer)


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """A shim that says that it runs; the device's cache and path end with the test."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(sys, "path", list(sys.path))
    for name in ("edgekit_shim", "edgekit_shim.serve"):
        monkeypatch.setitem(sys.modules, name, None)
        monkeypatch.delitem(sys.modules, name)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        file.writestr("edgekit_shim/__init__.py", "")
        file.writestr("edgekit_shim/serve.py", "def serve(channel):\n    channel.send('serving')\n")
    return content.getvalue()


def test_it_is_sent_once(archive: bytes, tmp_path: Path) -> None:
    digest = hashlib.sha256(archive).hexdigest()
    first, second = Channel(digest, archive), Channel(digest)
    bootstrap.start(first)
    bootstrap.start(second)
    assert first.answers == ["missing", "kept", "serving"]
    assert second.answers == ["kept", "serving"]
    assert [path.name for path in (tmp_path / "edgekit-device").iterdir()] == [digest]


def test_what_is_not_what_was_sent_is_not_kept(archive: bytes, tmp_path: Path) -> None:
    channel = Channel(hashlib.sha256(archive).hexdigest(), archive[:-1])
    bootstrap.start(channel)
    folder = tmp_path / "edgekit-device"
    assert channel.answers == ["missing", f"cannot write to {folder} there: what arrived is not what was sent"]
    assert not folder.exists()


def test_a_folder_that_cannot_be_written_is_told(archive: bytes, tmp_path: Path) -> None:
    (tmp_path / "edgekit-device").write_text("a file")
    channel = Channel(hashlib.sha256(archive).hexdigest(), archive)
    bootstrap.start(channel)
    assert channel.answers == ["missing", f"cannot write to {tmp_path / 'edgekit-device'} there: File exists"]
