"""A GPU is asked for the whole file first, and for each operator where it does not take that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from edgekit.adapters.delegate import ModelFile, parse_delegate
from edgekit.documents.delegation import Delegation
from edgekit.formats.tflite.operators import operators_of
from edgekit.planning import gpu_probe as gpu_questions
from edgekit.remote.errors import DelegateRefusedError

KINDS = ("ADD", "MUL", "SIN")


class Gpu:
    """A GPU that takes files of some kinds of operators; in place of an interpreter on a device."""

    takes: tuple[str, ...] = ()
    refusal = "the GPU does not take the model: SIN: no shader"

    def __init__(self, connection: Any, module: str, file: Path, options: Any) -> None:
        kinds = {operator.kind for operator in operators_of(file.read_bytes())}
        if not kinds <= set(self.takes):
            raise DelegateRefusedError(self.refusal)
        proof = "LiteRT's log: selected adapter Some GPU; all of it"
        self.delegation = Delegation(nodes=len(kinds), total=len(kinds), partitions=1, proof=proof)


@pytest.fixture
def model(sums: Path) -> ModelFile:
    return ModelFile(path=sums, format="tflite", operators=tuple(operators_of(sums.read_bytes())))


def ask(model: ModelFile, monkeypatch: pytest.MonkeyPatch, *takes: str, refusal: str = Gpu.refusal) -> Any:
    monkeypatch.setattr(gpu_questions, "RemoteInterpreter", Gpu)
    monkeypatch.setattr(Gpu, "takes", takes)
    monkeypatch.setattr(Gpu, "refusal", refusal)
    monkeypatch.setattr(gpu_questions, "connection_of", lambda device: device)
    questions: Any = gpu_questions._Questions
    return questions(None, parse_delegate("gpu")).plan(model)


def test_all_of_it(model: ModelFile, monkeypatch: pytest.MonkeyPatch) -> None:
    planned = ask(model, monkeypatch, *KINDS)
    assert planned.basis == "measured"
    assert "on Some GPU, a batch of one" in planned.source
    assert all(op.delegated for op in planned.ops)


def test_each_operator_by_itself(model: ModelFile, monkeypatch: pytest.MonkeyPatch) -> None:
    planned = ask(model, monkeypatch, "ADD", "MUL")
    (sine,) = [op for op in planned.ops if op.op == "SIN"]
    assert (sine.delegated, sine.reason) == (False, "no shader")
    assert [op.delegated for op in planned.ops] == [op.op != "SIN" for op in planned.ops]


def test_it_takes_one_run_the_largest(model: ModelFile, monkeypatch: pytest.MonkeyPatch) -> None:
    planned = ask(model, monkeypatch, "ADD")
    additions = [op for op in planned.ops if op.op == "ADD"]
    assert [op.delegated for op in additions] == [True, False]
    assert additions[1].reason == gpu_questions.ELSEWHERE[0]
    assert {op.reason for op in planned.ops if op.op != "ADD"} == {"no shader"}


def test_none_of_it(model: ModelFile, monkeypatch: pytest.MonkeyPatch) -> None:
    planned = ask(model, monkeypatch)
    assert not any(op.delegated for op in planned.ops)


def test_where_there_is_no_gpu_nothing_is_said(model: ModelFile, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ask(model, monkeypatch, refusal="LiteRT found no GPU: no driver answers") is None
    monkeypatch.setattr(gpu_questions, "installed_version", lambda name: None)
    assert gpu_questions.ask_gpu(model, parse_delegate("gpu")) is None
