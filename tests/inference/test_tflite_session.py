"""A TFLite model in an interpreter: integers are hidden, batches are split, failures are told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgekit.adapters.delegate import parse_delegate
from edgekit.adapters.session import SessionOptions
from edgekit.errors import ArtifactError, DelegateError, SessionError
from edgekit.inference.tflite_session import TFLiteSession, open_interpreter, open_tflite
from edgekit.models.artifact import Artifact, load_artifact
from edgekit.remote.errors import DelegateRefusedError


class Halves:
    """An interpreter that answers int8 steps with half of them."""

    def __init__(self, *, batch: int, signatures: tuple[str, ...] = ("serving_default",)) -> None:
        self.batch, self.signatures, self.runs = batch, signatures, list[Any]()
        self.failure: Exception | None = None

    def _detail(self, index: int) -> dict[str, Any]:
        shape = [abs(self.batch), 2]
        return {
            "name": f"tensor_{index}",
            "index": index,
            "dtype": np.int8,
            "shape": shape,
            "shape_signature": [self.batch, 2],
            "quantization": (0.5, 3),
        }

    def get_signature_list(self) -> dict[str, Any]:
        return dict.fromkeys(self.signatures)

    def get_signature_runner(self, key: str) -> Any:
        interpreter = self

        class Runner:
            def get_input_details(self) -> dict[str, Any]:
                return {"x": interpreter._detail(0)}

            def get_output_details(self) -> dict[str, Any]:
                return {"y": interpreter._detail(1)}

        return Runner()

    def get_input_details(self) -> list[Any]:
        return [self._detail(0)]

    def get_output_details(self) -> list[Any]:
        return [self._detail(1)]

    def resize_tensor_input(self, index: int, shape: list[int]) -> None:
        self.runs.append(("resize", shape))

    def allocate_tensors(self) -> None:
        self.runs.append("allocate")

    def set_tensor(self, index: int, values: Any) -> None:
        self.values = values

    def invoke(self) -> None:
        if self.failure is not None:
            raise self.failure
        self.runs.append(len(self.values))

    def get_tensor(self, index: int) -> Any:
        return self.values // 2


@pytest.fixture
def artifact(sums: Path) -> Artifact:
    return load_artifact(sums)


def opened(interpreter: Any, artifact: Artifact, *, raw: bool = False) -> TFLiteSession:
    return TFLiteSession(interpreter, artifact, runtime="litert", raw=raw)


def test_integers_are_hidden_unless_they_are_asked_for(artifact: Artifact) -> None:
    session = opened(Halves(batch=1), artifact)
    assert (session.contract.inputs[0].dtype, session.has_contract) == ("float32", False)
    # 2.5 is 8 steps of 0.5 from a zero point of 3, and half of these are 4, which stand for 0.5
    assert session.run(x=np.array([[2.5, 100.0]], np.float32))["y"].tolist() == [[0.5, (127 // 2 - 3) / 2]]
    raw = opened(Halves(batch=1), artifact, raw=True)
    assert raw.run(x=np.array([[8, 3]], np.int8))["y"].tolist() == [[4, 1]]


def test_other_integers_are_values_and_not_the_file_s_own(artifact: Artifact) -> None:
    floats = opened(Halves(batch=1), artifact).run(x=np.array([[4, -2]], np.float32))["y"]
    integers = opened(Halves(batch=1), artifact).run(x=np.array([[4, -2]], np.int64))["y"]
    np.testing.assert_array_equal(integers, floats)


def test_a_fixed_batch_runs_piece_by_piece(artifact: Artifact) -> None:
    interpreter = Halves(batch=2)
    session = opened(interpreter, artifact, raw=True)
    values = np.arange(8, dtype=np.int8).reshape(4, 2)
    np.testing.assert_array_equal(session.run(x=values)["y"], values // 2)
    assert [entry for entry in interpreter.runs if entry != "allocate"] == [2, 2]
    np.testing.assert_array_equal(session.run(x=values[:3])["y"], values[:3] // 2)  # the last fills up the batch
    session.fixed = None  # as where no output has a row per sample
    with pytest.raises(SessionError, match="a fixed batch of 2; 3 samples are not a multiple"):
        session.run(x=values[:3])


def test_a_free_batch_is_allocated_when_it_changes(artifact: Artifact) -> None:
    interpreter = Halves(batch=-1)
    session = opened(interpreter, artifact, raw=True)
    for count in (3, 3, 1):
        session.run(x=np.zeros((count, 2), np.int8))
    assert interpreter.runs == [("resize", [3, 2]), "allocate", 3, 3, ("resize", [1, 2]), "allocate", 1]


def test_signatures(artifact: Artifact) -> None:
    assert list(opened(Halves(batch=1, signatures=()), artifact).inputs) == ["tensor_0"]
    assert list(opened(Halves(batch=1, signatures=("other",)), artifact).inputs) == ["x"]
    assert list(opened(Halves(batch=1, signatures=("a", "serving_default")), artifact).inputs) == ["x"]
    with pytest.raises(ArtifactError, match="several signatures and none is 'serving_default': a, b"):
        opened(Halves(batch=1, signatures=("a", "b")), artifact)


@pytest.mark.parametrize("failure", [RuntimeError("node 3 failed\nmore"), ValueError("node 3 failed")])
def test_what_fails_while_it_runs_is_told_in_a_line(failure: Exception, artifact: Artifact) -> None:
    interpreter = Halves(batch=1)
    session = opened(interpreter, artifact)
    session.run(x=np.zeros((1, 2), np.float32))
    interpreter.failure = failure
    with pytest.raises(SessionError, match=r"litert failed while it ran the model: node 3 failed$"):
        session.run(x=np.zeros((1, 2), np.float32))


def test_what_loads_may_refuse_the_file_or_the_delegate(artifact: Artifact) -> None:
    def refuse(error: Exception) -> None:
        def load() -> Any:
            raise error

        options = SessionOptions(delegate=parse_delegate("edgetpu"))
        with open_tflite(load, artifact, runtime="litert", options=options):
            pass

    with pytest.raises(SessionError, match=r"litert cannot load .*sums\.tflite: op NEW_OP"):
        refuse(ValueError("op NEW_OP\nis not known"))
    with pytest.raises(DelegateError, match=r"it does not load; libedgetpu is at https://coral\.ai"):
        refuse(DelegateRefusedError("it does not load"))


def test_an_interpreter_of_this_process(artifact: Artifact) -> None:
    module = "ai_edge_litert.interpreter"
    with open_interpreter(module, artifact, runtime="litert", extra="litert", options=SessionOptions()) as session:
        zeros = np.zeros((1, 4), np.float32)
        np.testing.assert_array_equal(session.run(x=zeros)["y"], zeros)
        assert [spec.name for spec in session.contract.outputs] == ["y"]
