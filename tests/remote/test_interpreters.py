"""Models on a device answer as an interpreter, or an ONNX session, of this process does."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from edgekit.adapters.session import SessionOptions
from edgekit.errors import SessionError
from edgekit.remote.errors import RefusedError
from edgekit.remote.interpreters import RemoteInterpreter, RemoteOnnxSession, remote_model
from edgekit.remote.shim.arrays import packed, unpacked
from tests.remote.channels import Channel, connected

DETAIL = {
    "name": "x",
    "index": 3,
    "dtype": "int8",
    "shape": [1, 2],
    "shape_signature": [-1, 2],
    "quantization": [0.5, 3],
}
LOADED: dict[str, Any] = {
    "model": 7,
    "load_ms": 12.5,
    "delegation": None,
    "signatures": {"serving_default": [{"in": DETAIL}, {"out": {**DETAIL, "index": 4}}]},
    "inputs": [DETAIL],
    "outputs": [{**DETAIL, "index": 4}],
}
ONNX = {
    **LOADED,
    "inputs": [{"name": "x", "type": "tensor(float)", "shape": [None, 2]}],
    "outputs": [{"name": name, "type": "tensor(float)", "shape": [None, 2]} for name in ("y", "z")],
    "metadata": {"edgekit.contract": "{}"},
}


class Board:
    """A device that doubles what it gets, under the numbers or names of outputs."""

    def __init__(self, loaded: Mapping[str, Any] = LOADED, outputs: tuple[str, ...] = ("4",)) -> None:
        self.loaded, self.outputs, self.asked = loaded, outputs, list[tuple[str, Any]]()

    def load(self, **message: Any) -> dict[str, Any]:
        self.asked.append(("load", message))
        return {"value": self.loaded}

    def pin(self, cpus: list[int]) -> dict[str, Any]:
        self.asked.append(("pin", cpus))
        return {"value": None} if cpus == [0] else {"refused": f"cannot run on the processors {cpus}"}

    def run(self, model: int, feeds: dict[str, Any]) -> dict[str, Any]:
        self.asked.append(("run", model))
        (values,) = feeds.values()
        return {"value": {name: packed(2 * unpacked(values)) for name in self.outputs}}

    def run_each(self, model: int, feeds: dict[str, Any]) -> dict[str, Any]:
        self.asked.append(("run_each", model))
        return self.run(model, feeds)

    def bench(self, model: int, feeds: dict[str, Any], runs: int, warm_up: int) -> dict[str, Any]:
        self.asked.append(("bench", (runs, warm_up, sorted(feeds))))
        state = {"celsius": None, "mhz": None, "throttled": None}
        times = {"times_ms": [1.0] * runs, "first_ms": 2.0, "peak_rss_bytes": 5}
        return {"value": {**times, "before": state, "after": state}}

    def connect(self) -> Any:
        actions = {name: getattr(self, name) for name in ("load", "pin", "run", "run_each", "bench")}
        return connected(Channel({**actions, "missing": lambda digests: {"value": []}}))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "model").write_bytes(b"model")
    return tmp_path / "model"


def opened(board: Board, file: Path, **options: Any) -> RemoteInterpreter:
    return RemoteInterpreter(board.connect(), "tflite_runtime.interpreter", file, SessionOptions(**options))


def test_an_interpreter(file: Path) -> None:
    board = Board()
    interpreter = opened(board, file, threads=3)
    (_, message) = board.asked[0]
    assert (message["module"], message["threads"], message["delegate"]) == ("tflite_runtime.interpreter", 3, None)
    (detail,) = interpreter.get_input_details()
    assert (detail["dtype"], detail["quantization"]) == (np.int8, (0.5, 3))
    runner = interpreter.get_signature_runner("serving_default")
    assert list(runner.get_input_details()) == ["in"]
    assert runner.get_output_details()["out"]["index"] == interpreter.get_output_details()[0]["index"] == 4
    values = np.array([[1, -2]], np.int8)
    interpreter.set_tensor(3, values)
    with pytest.raises(KeyError):
        interpreter.get_tensor(4)
    interpreter.invoke()
    np.testing.assert_array_equal(interpreter.get_tensor(4), 2 * values)
    interpreter.answers({"3": values}, one_by_one=True)
    assert ("run_each", 7) in board.asked


def test_times_are_those_of_the_last_inputs(file: Path) -> None:
    board = Board()
    interpreter = opened(board, file)
    interpreter.answers({"3": np.zeros((1, 2), np.int8)})
    measured = interpreter.bench(3, 5)
    assert board.asked[-1] == ("bench", (3, 3, ["3"]))
    assert (measured["times_ms"], measured["load_ms"], measured["first_ms"]) == ([1.0] * 3, 12.5, 2.0)
    assert "aarch64" in measured["measured_on"]


def test_processors_come_before_the_model(file: Path) -> None:
    board = Board()
    opened(board, file, cpus=(0,))
    assert [action for action, _ in board.asked] == ["pin", "load"]
    with pytest.raises(SessionError, match=r"ssh://board: cannot run on the processors \[9\]"):
        opened(board, file, cpus=(9,))


def test_what_a_delegate_has_is_printable(file: Path) -> None:
    delegation = {"nodes": 2, "total": 3, "partitions": 1, "proof": "it\x1b[31m says so"}
    interpreter = opened(Board({**LOADED, "delegation": delegation}), file)
    assert interpreter.delegation is not None
    assert (interpreter.delegation.nodes, interpreter.delegation.total) == (2, 3)
    assert interpreter.delegation.proof == "it [31m says so"
    assert opened(Board(), file).delegation is None


def test_an_onnx_session_gives_the_outputs_that_are_asked_for(file: Path) -> None:
    session = RemoteOnnxSession(Board(ONNX, ("y", "z")).connect(), file, SessionOptions())
    assert [(port.name, port.shape) for port in session.get_inputs()] == [("x", (None, 2))]
    assert [port.name for port in session.get_outputs()] == ["y", "z"]
    assert session.get_modelmeta().custom_metadata_map == {"edgekit.contract": "{}"}
    (output,) = session.run(["z"], {"x": np.ones((1, 2), np.float32)})
    np.testing.assert_array_equal(output, [[2, 2]])
    assert session.run([], {"x": np.ones((1, 2), np.float32)}) == []


def test_a_refusal_is_the_devices_own(file: Path) -> None:
    board = Board()
    board.load = lambda **message: {"refused": "op NEW_OP is not known"}  # type: ignore[method-assign]
    with pytest.raises(RefusedError, match="op NEW_OP is not known"):
        opened(board, file)


def test_the_model_behind_a_session(file: Path) -> None:
    interpreter = opened(Board(), file)
    assert remote_model(SimpleNamespace(interpreter=interpreter)) is interpreter
    assert remote_model(SimpleNamespace(core=SimpleNamespace(session=interpreter))) is interpreter
    assert remote_model(SimpleNamespace(interpreter=object())) is None
    assert remote_model(object()) is None
