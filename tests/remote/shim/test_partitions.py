"""A partition holds the operators between what goes into it and what comes out."""

from __future__ import annotations

from typing import Any

from edgekit.remote.shim.partitions import DELEGATE, partitions


def operator(index: int, inputs: list[int], outputs: list[int], kind: str = "ADD") -> dict[str, Any]:
    return {"index": index, "op_name": kind, "inputs": inputs, "outputs": outputs}


CHAIN = [operator(0, [0], [1]), operator(1, [1, -1], [2]), operator(2, [2], [3]), operator(3, [3], [4])]


def test_nothing_is_delegated() -> None:
    assert partitions(CHAIN) == (4, [])
    assert partitions([]) == (0, [])


def test_what_lies_between() -> None:
    assert partitions([*CHAIN, operator(4, [1], [3], DELEGATE)]) == (4, [{1, 2}])
    assert partitions([*CHAIN, operator(4, [0], [4], DELEGATE)]) == (4, [{0, 1, 2, 3}])


def test_two_partitions_around_an_operator_of_the_cpu() -> None:
    runs = [operator(4, [0], [1], DELEGATE), operator(5, [2], [4], DELEGATE)]
    assert partitions([*CHAIN, *runs]) == (4, [{0}, {2, 3}])


def test_a_branch_that_the_delegate_reads_is_not_its_own() -> None:
    join = [operator(0, [0], [1]), operator(1, [0], [2]), operator(2, [1, 2], [3])]
    assert partitions([*join, operator(3, [0, 2], [3], DELEGATE)]) == (3, [{0, 2}])
    assert partitions([*join, operator(3, [0], [3], DELEGATE)]) == (3, [{0, 1, 2}])
