"""Devices behind a real ssh server: what they answer, what is sent once, and how each failure is told."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from edgekit.adapters.session import Session
from edgekit.data.loading import load_samples
from edgekit.errors import ReachError
from edgekit.evaluation.comparison import compare
from edgekit.evaluation.parity import Check
from edgekit.evaluation.reference import original_answers
from edgekit.inference.placement import Placement
from edgekit.inference.sessions import open_session
from edgekit.models.artifact import load_artifact
from edgekit.original.finished import load_model
from edgekit.recipe.recipe import ParityRecipe
from edgekit.remote.address import parse_address
from edgekit.remote.connection import Connection
from edgekit.remote.interpreters import RemoteInterpreter, remote_model
from tests.lab.ssh import SshServer, make_key

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


def test_what_was_answered_is_not_asked_again(
    ssh_server: SshServer, demo_run: Path, digits: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDGEKIT_CACHE", str(tmp_path / "cache"))
    artifact = load_artifact(demo_run / "artifacts" / "tflite-fp32")
    asked = []
    ask = RemoteInterpreter.answers

    def counted(self: RemoteInterpreter, inputs: Mapping[str, NDArray[Any]], *, one_by_one: bool = False) -> Any:
        asked.append(len(next(iter(inputs.values()))))
        if len(asked) == 3:
            os.kill(self.connection.facts["process"], signal.SIGKILL)
        return ask(self, inputs, one_by_one=one_by_one)

    monkeypatch.setattr(RemoteInterpreter, "answers", counted)
    model, samples = load_model(demo_run / "model"), load_samples(digits).take(range(0, 1300, 16))
    answers = original_answers(model, samples, tmp_path)
    check = Check(model, samples, answers, ParityRecipe(), Placement(device=EDGE))
    with pytest.raises(ReachError, match=r"Killed; 32 of 82 samples are answered; the same command goes on from there"):
        compare(check.shard(artifact, 0, len(samples)))
    asked[:] = [0, 0, 0]
    found = compare(check.shard(artifact, 0, len(samples)))
    assert sum(asked) == 82 - 32
    assert found.samples == 82
    assert not any((tmp_path / "cache" / "device-answers").iterdir())


def connection_of(session: Session) -> Connection:
    model = remote_model(session)
    assert model is not None
    return model.connection


def reach() -> None:
    address = parse_address(EDGE)
    with address.transport.connect(address):
        pass
