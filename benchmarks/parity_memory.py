"""Peak memory of parity, 20,000 samples against 1,000."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np

from benchmarks.figures import Figure
from benchmarks.workload import Workload
from edgekit.conversion.conversion import convert
from edgekit.original.tuning import tune
from edgekit.pipeline.demo import write_demo
from edgekit.recipe.reader import load_recipe
from edgekit.system.machine import peak_memory

FEW, MANY = 1000, 20_000


def measure(workload: Workload) -> list[Figure]:
    """Measure each in fresh processes, on the demo's small model."""
    model = tune(load_recipe(write_demo(workload.scratch / "demo")), out=workload.scratch / "memory")
    artifact = convert(model, "tflite-fp32", out=workload.scratch / "memory")
    peaks = {count: _peak(workload.scratch, model.path, artifact.path, count) for count in (FEW, MANY)}
    ratio = max(peaks[MANY][side] / peaks[FEW][side] for side in ("parent", "child"))
    sides = "; ".join(
        f"{side} {peaks[MANY][side] / 1e6:.0f} MB against {peaks[FEW][side] / 1e6:.0f}" for side in ("parent", "child")
    )
    floor = "Python, NumPy, SciPy and the interpreter; samples 16 at a time"
    return [
        Figure(name="peak memory of parity, 20,000 samples to 1,000", goal=1.1, ratio=ratio, parts=sides, floor=floor)
    ]


def _peak(scratch: Path, model: Path, artifact: Path, count: int) -> dict[str, int]:
    data = scratch / f"memory-{count}.npz"
    np.savez(data, image=np.random.default_rng(0).random((count, 32, 32, 3), np.float32))
    command = [sys.executable, "-m", "benchmarks.parity_memory", str(model), str(artifact), str(data), str(scratch)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    peaks: dict[str, int] = json.loads(done.stdout)
    return peaks


def main() -> None:
    """Be one run: compare one shard in a child and tell both peaks."""
    from benchmarks import parity_memory  # a child cannot find what is in __main__
    from edgekit.data.loading import load_samples
    from edgekit.evaluation.parity import Check
    from edgekit.evaluation.reference import original_answers
    from edgekit.inference.placement import Placement
    from edgekit.models.artifact import load_artifact
    from edgekit.original.finished import load_model
    from edgekit.recipe.recipe import ParityRecipe
    from edgekit.system.processes import ChildExecutor

    model, artifact, samples = load_model(sys.argv[1]), load_artifact(sys.argv[2]), load_samples(sys.argv[3])
    answers = original_answers(model, samples, Path(sys.argv[4]) / f"answers-{len(samples)}")
    check = Check(model, samples, answers, ParityRecipe(), Placement())
    with ChildExecutor(1, fresh=True) as executor:
        shard_peak = executor.submit(parity_memory.compare_and_weigh, check, artifact).result()
        check.collect(artifact, check.start(artifact, executor, 1))
    sys.stdout.write(json.dumps({"parent": peak_memory(), "child": shard_peak}))


def compare_and_weigh(check: object, artifact: object) -> int:
    """Compare all samples in this process and return its peak memory in bytes."""
    from edgekit.evaluation.comparison import compare
    from edgekit.evaluation.parity import Check
    from edgekit.models.artifact import Artifact

    assert isinstance(check, Check)
    assert isinstance(artifact, Artifact)
    compare(check.shard(artifact, 0, len(check.samples)))
    peak = peak_memory()
    assert peak is not None
    return peak


if __name__ == "__main__":
    main()
