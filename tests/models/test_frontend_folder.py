"""A front end beside a model: its program and both contracts, each where a reader looks for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgekit.contract.contract import Contract
from edgekit.errors import FrontEndError
from edgekit.frontend import Node, Port, Program, load_program
from edgekit.models.frontend_folder import Front, save_front
from edgekit.models.tuned_model import FRONT_FOLDER, SERVED_FILE
from tests.models.test_tuned_model import PUBLIC, SERVED

PROGRAM = Program(
    inputs=(Port(name="x", tensor="x", dtype="float32", shape=(None, 2)),),
    outputs=(Port(name="z", tensor="z", dtype="float32", shape=(None, 2)),),
    nodes=(Node(op="Neg", inputs=("x",), outputs=("z",), attrs={}),),
    constants={},
    tables={},
)


def test_program_and_contracts_are_read_back(tmp_path: Path) -> None:
    save_front(Front(program=PROGRAM, contract=PUBLIC), SERVED, tmp_path)
    assert load_program(tmp_path / FRONT_FOLDER) == PROGRAM
    assert Contract.load(tmp_path) == PUBLIC
    assert Contract.load(tmp_path, SERVED_FILE) == SERVED


def test_a_front_end_that_lacks_its_program_is_none(tmp_path: Path) -> None:
    save_front(Front(program=PROGRAM, contract=PUBLIC), SERVED, tmp_path)
    (tmp_path / FRONT_FOLDER / "program.json").unlink()
    with pytest.raises(FrontEndError, match="holds no front end"):
        load_program(tmp_path / FRONT_FOLDER)
