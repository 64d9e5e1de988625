"""Parity over 2,000 preprocessed samples, against a bare loop of invoke on the same cores."""

from __future__ import annotations

import time

import numpy as np

from benchmarks.figures import Figure, alternate
from benchmarks.workload import Workload
from edgekit.conversion.conversion import convert
from edgekit.data.loading import load_samples
from edgekit.evaluation.parity import Check
from edgekit.evaluation.reference import original_answers
from edgekit.inference.placement import Placement
from edgekit.recipe.recipe import ParityRecipe
from edgekit.system.processes import ChildExecutor, cores

SAMPLES = 2000


def measure(workload: Workload) -> list[Figure]:
    """Time both, the original's answers at hand as for every variant after the first."""
    from ai_edge_litert.interpreter import Interpreter

    model = workload.model
    artifact = convert(model, "tflite-fp32", out=workload.scratch / "parity")
    spec = model.contract.inputs[0]
    shape = (SAMPLES, *(size or 1 for size in spec.shape[1:]))
    values = np.random.default_rng(0).random(shape, np.float32)
    np.savez(workload.scratch / "samples.npz", allow_pickle=False, **{spec.name: values})
    samples = load_samples(workload.scratch / "samples.npz")
    started = time.perf_counter()
    answers = original_answers(model, samples, workload.scratch / "answers")
    first = time.perf_counter() - started
    check = Check(model, samples, answers, ParityRecipe(), Placement())

    def ours() -> float:
        started = time.perf_counter()
        with ChildExecutor(fresh=True) as executor:
            check.collect(artifact, check.start(artifact, executor, cores()))
        return time.perf_counter() - started

    def bare() -> float:
        interpreter = Interpreter(model_path=str(artifact.file), num_threads=cores())
        interpreter.allocate_tensors()
        inputs, outputs = interpreter.get_input_details()[0]["index"], interpreter.get_output_details()[0]["index"]
        started = time.perf_counter()
        for index in range(SAMPLES):
            interpreter.set_tensor(inputs, values[index : index + 1])
            interpreter.invoke()
            interpreter.get_tensor(outputs)
        return time.perf_counter() - started

    ours_s, bare_s, ratio = alternate(ours, bare, pairs=3)
    parts = f"parity {ours_s:.2f} s, bare loop {bare_s:.2f} s on {cores()} cores; answers once {first:.1f} s"
    floor = f"{SAMPLES} invokes, {values.nbytes / 1e6:.0f} MB read"
    name = f"parity over {SAMPLES} preprocessed samples"
    return [Figure(name=name, goal=1.15, ratio=ratio, parts=parts, floor=floor)]
