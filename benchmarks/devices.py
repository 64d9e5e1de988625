"""What the way to a device costs: parity through another process, the shim's start, the bytes of a second run."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import Any
from unittest import mock

import numpy as np

from benchmarks.figures import Figure, alternate
from benchmarks.workload import Workload
from edgekit.conversion.conversion import convert
from edgekit.data.loading import load_samples
from edgekit.evaluation.parity import Check
from edgekit.evaluation.reference import original_answers
from edgekit.inference.placement import Placement
from edgekit.inference.sessions import open_session
from edgekit.models.artifact import Artifact
from edgekit.recipe.recipe import ParityRecipe
from edgekit.remote.connection import Connection
from edgekit.system.optional import require
from edgekit.system.processes import ChildExecutor
from tests.lab import ssh

SAMPLES = 1000
HERE = f"popen:{sys.executable}"
BARE = """
import sys, numpy as np
from ai_edge_litert.interpreter import Interpreter
interpreter = Interpreter(sys.argv[1], num_threads=1)
interpreter.allocate_tensors()
for detail in interpreter.get_input_details():
    interpreter.set_tensor(detail["index"], np.zeros(detail["shape"], detail["dtype"]))
interpreter.invoke()
interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
"""


def measure(workload: Workload) -> list[Figure]:
    """Measure each on the float artifact of the workload's model."""
    artifact = convert(workload.model, "tflite-fp32", out=workload.scratch / "devices")
    return [_parity(workload, artifact), _start(artifact), *_second_run(workload, artifact)]


def _parity(workload: Workload, artifact: Artifact) -> Figure:
    model = workload.model
    spec = model.contract.inputs[0]
    values = np.random.default_rng(0).random((SAMPLES, *(size or 1 for size in spec.shape[1:])), np.float32)
    np.savez(workload.scratch / "device-samples.npz", allow_pickle=False, **{spec.name: values})
    samples = load_samples(workload.scratch / "device-samples.npz")
    answers = original_answers(model, samples, workload.scratch / "device-answers")

    def seconds(device: str) -> float:
        check = Check(model, samples, answers, ParityRecipe(), Placement(device=device))
        started = time.perf_counter()
        with ChildExecutor(fresh=True) as executor:
            check.collect(artifact, check.start(artifact, executor, check.workers))
        return time.perf_counter() - started

    piped, in_process, ratio = alternate(lambda: seconds(HERE), lambda: seconds("host"), pairs=3)
    return Figure(
        name=f"parity of {SAMPLES} samples through another interpreter, against this one",
        goal=1.25,
        ratio=ratio,
        parts=f"through popen {piped:.2f} s, in-process {in_process:.2f} s",
        floor=f"{values.nbytes / 1e6:.0f} MB through a pipe, and its start",
    )


def _start(artifact: Artifact) -> Figure:
    """From nothing to the first answer: the shim and its way, against a script that does just that."""
    feeds = {spec.name: np.zeros([size or 1 for size in spec.shape], spec.dtype) for spec in _inputs(artifact)}

    def shim() -> float:
        started = time.perf_counter()
        with open_session(artifact, device=HERE) as session:
            session.run(**feeds)
            return time.perf_counter() - started  # not its end: a script's is not waited for either

    def bare() -> float:
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", BARE, str(artifact.file)], check=True, stderr=subprocess.DEVNULL)
        return time.perf_counter() - started

    ours, script, ratio = alternate(shim, bare, pairs=9)
    return Figure(
        name="from the start of the interpreter there to its first answer",
        goal=1.2,
        ratio=ratio,
        parts=f"shim {1e3 * ours:.0f} ms, bare script {1e3 * script:.0f} ms",
        floor="the interpreter's import, the model's load, one invoke",
    )


def _inputs(artifact: Artifact) -> Any:
    assert artifact.contract is not None, "it was converted here"
    return artifact.contract.inputs


def _second_run(workload: Workload, artifact: Artifact) -> list[Figure]:
    """All bytes that go to the device, messages included, the first and the second time."""
    if (reason := ssh.obstacle()) is not None:
        sys.stdout.write(f"not measured: bytes of a second run: {reason}\n")
        return []
    execnet = require("execnet", asked="the benchmark", extra="remote")
    held_out = workload.split.held_out
    photos = held_out.read(0, min(64, len(held_out)), workload.model.contract)
    sent: list[int] = []
    answer = Connection._answer

    def counted(self: Connection, message: Any, do: str) -> Any:
        sent[-1] += len(execnet.dumps(message))
        return answer(self, message, do)

    with (
        ssh.ssh_server(workload.scratch / "ssh") as server,
        mock.patch.object(Connection, "_answer", counted),
        mock.patch.dict(os.environ, {"EDGEKIT_SSH_CONFIG": str(server.config)}),
    ):
        for _ in range(2):
            sent.append(0)
            with open_session(artifact, device="ssh://edge") as session:
                session.run_each(**photos)
    return [
        Figure(
            name="bytes that a second run sends to a device, against the first",
            goal=0.01,
            ratio=sent[1] / sent[0],
            parts=f"first {sent[0]:,} bytes, second {sent[1]:,}, messages included",
            floor="one digest for the shim, the model and the samples",
        )
    ]
