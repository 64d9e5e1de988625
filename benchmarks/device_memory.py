"""``python -m benchmarks.device_memory bare|artifact PATH``: run a model once and print this process's peak memory."""

from __future__ import annotations

import sys

import numpy as np


def peak() -> int:
    """Return the peak resident memory in bytes."""
    with open("/proc/self/status") as status:  # noqa: PTH123  # nothing is imported that the bare side does not need
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM:"))


def bare(path: str) -> None:
    """Run a file in the interpreter alone."""
    from tflite_runtime.interpreter import Interpreter

    interpreter = Interpreter(model_path=path)
    interpreter.allocate_tensors()
    detail = interpreter.get_input_details()[0]
    interpreter.set_tensor(detail["index"], np.zeros(detail["shape"], detail["dtype"]))
    interpreter.invoke()


def artifact(path: str) -> None:
    """Run an artifact from the sentence on, a short one and one of 400 words."""
    from edgekit.inference.sessions import open_session

    with open_session(path, runtime="tflite_runtime") as session:
        name = session.contract.inputs[0].name
        for sentence in ("a film", "a very long film " * 100):
            session.run(**{name: np.array([sentence], object)})


if __name__ == "__main__":
    {"bare": bare, "artifact": artifact}[sys.argv[1]](sys.argv[2])
    sys.stdout.write(f"{peak()}\n")
