"""The original is known by all its files and its contract, and serves what lies behind its front end."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from edgekit.contract.contract import Contract, InputSpec, OutputSpec
from edgekit.frontend import Node, Port, Program, load_program
from edgekit.models.frontend_folder import Front, save_front
from edgekit.models.tuned_model import TunedModel

OUTPUTS = (OutputSpec(name="y", meaning="tensor", dtype="float32", shape=(None, 2), key="y"),)
PUBLIC = Contract(
    inputs=(InputSpec.of("tensor", name="x", dtype="float32", shape=(None, 2), key="x"),), outputs=OUTPUTS
)
SERVED = Contract(
    inputs=(InputSpec.of("tensor", name="z", dtype="float32", shape=(None, 2), key="z"),), outputs=OUTPUTS
)


@pytest.fixture
def model(tmp_path: Path) -> TunedModel:
    (tmp_path / "saved_model.pb").write_bytes(b"a model")
    return TunedModel(path=tmp_path, contract=PUBLIC)


def test_without_a_front_end_it_serves_its_contract(model: TunedModel) -> None:
    assert model.front is None
    assert model.served() == PUBLIC


def test_with_a_front_end_it_serves_what_that_makes(model: TunedModel) -> None:
    program = Program(
        inputs=(Port(name="x", tensor="x", dtype="float32", shape=(None, 2)),),
        outputs=(Port(name="z", tensor="z", dtype="float32", shape=(None, 2)),),
        nodes=(Node(op="Neg", inputs=("x",), outputs=("z",), attrs={}),),
        constants={},
        tables={},
    )
    save_front(Front(program=program, contract=PUBLIC), SERVED, model.path)
    assert model.front is not None
    assert load_program(model.front) == program
    assert model.served() == SERVED
    assert Contract.load(model.path) == PUBLIC


def test_its_digest_covers_files_and_contract(model: TunedModel) -> None:
    before = model.digest()
    assert model.digest() == before
    assert replace(model, contract=SERVED).digest() != before
    (model.path / "saved_model.pb").write_bytes(b"another")
    assert model.digest() != before
