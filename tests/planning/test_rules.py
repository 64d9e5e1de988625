"""A table of rules says of an operator the first thing that is in its way."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from msgspec import structs

from edgekit.adapters.delegate import ModelFile
from edgekit.formats.tflite.operators import Operator
from edgekit.planning.rules import Rule, Rules, planned_by_rules, read_rules, short
from tests.planning.operators import operator, tensor

RULES = Rules(
    version="delegate 1",
    source="its documentation",
    dtypes=("INT8", "INT32"),
    dtype_fix="take tflite-int8full",
    axes=2,
    fixed_sizes=True,
    operators={
        "ADD": Rule(version=2),
        "GATHER": Rule(inputs=("INT32",)),
        "CONCATENATION": Rule(limits=("not over the batch", "no integers out")),
    },
)


@pytest.mark.parametrize(
    ("refused", "reason"),
    [
        (operator(kind="SIN"), "SIN is not supported"),
        (operator(version=3), "ADD is known up to version 2, this is version 3"),
        (operator(tensor(1, 4, dtype="FLOAT32")), "'x' is float32"),
        (operator(out=tensor(1, 4, dtype="INT16")), "'x' is int16"),
        (operator(tensor(4, constant=True), tensor(1, 4), kind="GATHER"), "'x' is int8"),
        (operator(tensor(None, 4)), "'x' has a size that is not fixed"),
        (operator(kind="CONCATENATION", axis=0), "it works along the batch"),
        (operator(tensor(1, 2, 1, 4)), "'x' has more than 2 axes"),
    ],
)
def test_what_is_in_the_way(refused: Operator, reason: str) -> None:
    obstacle = RULES.obstacle(refused)
    assert obstacle is not None
    assert obstacle[0] == reason
    assert obstacle[1]


@pytest.mark.parametrize(
    "taken",
    [
        operator(),
        operator(tensor(1, 1, 3, 4), version=2),
        operator(tensor(4, constant=True), tensor(1, 4, dtype="INT32"), kind="GATHER"),
        operator(tensor(2, 2, 2, constant=True)),
        operator(kind="CONCATENATION", axis=1),
    ],
)
def test_what_is_taken(taken: Operator) -> None:
    assert RULES.obstacle(taken) is None


def test_free_sizes_run_as_a_batch_of_one_where_sizes_need_not_be_fixed() -> None:
    free = operator(tensor(None, 4))
    assert dataclasses.replace(RULES, fixed_sizes=False).obstacle(free) is None
    assert RULES.obstacle(free) is not None


def test_a_plan_says_where_it_is_from() -> None:
    operators = (operator(), operator(kind="SIN", out=tensor(1, 4, dtype="FLOAT32")))
    model = ModelFile(path=Path("unread.tflite"), format="tflite", operators=operators)
    planned = planned_by_rules("gpu", model, "no GPU answers here")
    rules = read_rules("gpu")
    assert planned.basis == "rules"
    assert planned.source == f"{rules.version}, {rules.source}; no GPU answers here"
    assert [op.delegated for op in planned.ops] == [rules.obstacle(entry) is None for entry in operators]
    empty = planned_by_rules("gpu", structs.replace(model, operators=()))
    assert (list(empty.ops), empty.source) == ([], f"{rules.version}, {rules.source}")


@pytest.mark.parametrize(
    ("name", "shown"), [("a/b/relu;a/b/bias", "'relu'"), ("relu", "'relu'"), ("", "''"), ("a/\n", r"'\n'")]
)
def test_names_without_scopes(name: str, shown: str) -> None:
    assert short(dataclasses.replace(tensor(1), name=name)) == shown
