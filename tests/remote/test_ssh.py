"""Devices behind a real ssh server: what they answer, what is sent once, and how each failure is told."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import numpy as np
import pytest

from edgekit.adapters import Session
from edgekit.artifacts import load_artifact
from edgekit.errors import ReachError
from edgekit.remote.address import parse_address
from edgekit.remote.connection import Connection, connect
from edgekit.remote.models import remote_model
from edgekit.sessions import open_session
from tests.remote.conftest import SshServer, make_key

EDGE = "ssh://edge"


def test_it_answers_and_the_second_time_hardly_anything_is_sent(ssh_server: SshServer, demo_run: Path) -> None:
    artifact = load_artifact(demo_run / "artifacts" / "tflite-int8")
    photos = np.random.default_rng(0).random((20, 32, 32, 3), np.float32)
    with open_session(artifact) as here:
        wanted = here.run(image=photos)["probabilities"]
    sent = []
    for _ in range(2):
        with open_session(artifact, device=EDGE) as there:
            np.testing.assert_array_equal(there.run(image=photos)["probabilities"], wanted)
            sent.append(connection_of(there).sent)
    assert sent[0] > artifact.bytes + photos.nbytes - 1
    assert sent[1] == 0
    assert len(list(ssh_server.cache.iterdir())) == 3  # shim, model and photos, and nothing half-written
    assert ssh_server.cache.stat().st_mode & 0o777 == 0o700


def test_a_wrong_key(ssh_server: SshServer) -> None:
    (ssh_server.folder / "user").unlink()
    make_key(ssh_server.folder / "user")
    with pytest.raises(ReachError, match=r"ssh://edge cannot be reached: .*Permission denied \(publickey\)"):
        reach()


def test_a_changed_host_key(ssh_server: SshServer) -> None:
    make_key(ssh_server.folder / "other")
    kind, key, *_ = (ssh_server.folder / "other.pub").read_text().split()
    ssh_server.known_hosts.write_text(f"[127.0.0.1]:{ssh_server.port} {kind} {key}\n")
    with pytest.raises(ReachError, match="cannot be reached: Host key verification failed"):
        reach()


def test_an_unknown_host_is_not_trusted(ssh_server: SshServer) -> None:
    ssh_server.known_hosts.write_text("")
    with pytest.raises(ReachError, match="cannot be reached: Host key verification failed"):
        reach()


def test_nobody_listens(ssh_server: SshServer) -> None:
    ssh_server.config.write_text(ssh_server.config.read_text().replace(str(ssh_server.port), "1"))
    with pytest.raises(ReachError, match=r"cannot be reached: .*Connection refused"):
        reach()


def test_no_python_there(ssh_server: SshServer) -> None:
    (ssh_server.folder / "bin" / "python3").unlink()
    with pytest.raises(ReachError, match=r"cannot be reached: .*python3.*not found"):
        reach()


def test_killed_in_the_middle(ssh_server: SshServer, demo_run: Path) -> None:
    artifact = load_artifact(demo_run / "artifacts" / "tflite-fp32")
    photos = np.zeros((1, 32, 32, 3), np.float32)
    with open_session(artifact, device=EDGE) as there:
        there.run(image=photos)
        os.kill(connection_of(there).facts["process"], signal.SIGKILL)
        with pytest.raises(ReachError, match=r"ssh://edge: the process there ended .*: Killed"):
            there.run(image=photos)


def connection_of(session: Session) -> Connection:
    model = remote_model(session)
    assert model is not None
    return model.connection


def reach() -> None:
    with connect(parse_address(EDGE)):
        pass
