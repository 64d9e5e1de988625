"""A front end's files: the same each time, and read strictly."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgekit.errors import FrontEndError
from edgekit.frontend import Program, Table, load_program, save_program
from edgekit.system.digests import tree_digest


def test_it_is_the_same_after_saving(program: Program, tmp_path: Path) -> None:
    for name in ("one", "two"):
        save_program(program, tmp_path / name)
    assert tree_digest(tmp_path / "one") == tree_digest(tmp_path / "two")
    loaded = load_program(tmp_path / "one")
    texts = np.array(["A", "é", "zzz"], object)
    np.testing.assert_array_equal(loaded.run({"text": texts})["ids"], program.run({"text": texts})["ids"])
    assert loaded.run({"text": texts})["ids"][:, 0].tolist() == [0, 1, -1]


def test_tables_of_any_kind_are_kept(program: Program, tmp_path: Path) -> None:
    table = Table(name="words", lookup={b"a\n": 7, b"\xff": 3}, value_dtype="int64")
    changed = Program(**{**program.__dict__, "tables": {"words": table}})
    save_program(changed, tmp_path / "p")
    assert load_program(tmp_path / "p").tables["words"] == table


def damage(folder: Path, change: Any) -> None:
    file = folder / "program.json"
    value = json.loads(file.read_text())
    change(value)
    file.write_text(json.dumps(value))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda value: value["nodes"][0].update(op="Rm"), "has no op 'Rm'"),
        (lambda value: value["nodes"].reverse(), "which nothing makes before it"),
        (lambda value: value["outputs"][0].update(tensor="x:0"), "nothing makes the output 'x:0'"),
        (lambda value: value.update(format=99), "another version"),
        (lambda value: value["tables"]["words"].update(vocabulary="../../secret"), "not in the front end's folder"),
        (lambda value: value["nodes"][2].update(attrs={}), "bad attributes"),
        (lambda value: value["nodes"][2]["attrs"].update(DstT="nonsense"), "nonsense"),
        (lambda value: value.pop("nodes"), "damaged"),
        (lambda value: value["constants"]["axis:0"].update(shape=[7]), "damaged"),
    ],
)
def test_a_damaged_program_is_refused(program: Program, tmp_path: Path, change: Any, message: str) -> None:
    save_program(program, tmp_path / "p")
    damage(tmp_path / "p", change)
    with pytest.raises(FrontEndError, match=message):
        load_program(tmp_path / "p")
