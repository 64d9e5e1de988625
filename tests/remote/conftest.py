"""A real ssh server on loopback, that ends with the test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab import ssh


@pytest.fixture
def ssh_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ssh.SshServer]:
    """Start sshd."""
    reason = ssh.obstacle()
    if reason is not None:
        pytest.skip(reason)
    with ssh.ssh_server(tmp_path / "ssh") as server:
        monkeypatch.setenv("EDGEKIT_SSH_CONFIG", str(server.config))
        yield server
