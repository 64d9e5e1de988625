"""How many models a diagnosis runs, against one for each operator."""

from __future__ import annotations

from benchmarks.figures import Figure
from benchmarks.workload import Workload
from edgekit.conversion.conversion import convert
from edgekit.debugging import debug


def measure(workload: Workload) -> list[Figure]:
    """Diagnose the workload's int8 artifact."""
    split = workload.split
    assert split.train is not None
    artifact = convert(workload.model, "tflite-int8", data=split.train, out=workload.scratch / "debugged")
    diagnosis = debug(workload.model, artifact, data=split.held_out, out=workload.scratch / "debug")
    return [
        Figure(
            name="models run by a diagnosis, against one per operator",
            goal=0.35,
            ratio=diagnosis.evaluations / len(diagnosis.operators),
            parts=f"{diagnosis.evaluations} models run, {len(diagnosis.operators)} operators; {diagnosis.message}",
            floor="the original, the float file and the artifact, each once",
        )
    ]
