"""Providers of ONNX Runtime: its checker, or a table, says what they take of a graph as it runs."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import onnx
import pytest

from edgekit.planning.onnx_providers import planned_by_checker, planned_by_table


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Conv, Relu, Sin and another Relu, of a batch of any size."""
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    weights = onnx.numpy_helper.from_array(np.ones((2, 3, 1, 1), np.float32), "w")
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["a"]),
        helper.make_node("Relu", ["a"], ["b"]),
        helper.make_node("Sin", ["b"], ["c"]),
        helper.make_node("Relu", ["c"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes,
        "chain",
        [helper.make_tensor_value_info("x", kind, ["n", 3, 4, 4])],
        [helper.make_tensor_value_info("y", kind, ["n", 2, 4, 4])],
        [weights],
    )
    path = tmp_path_factory.mktemp("chain") / "chain.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), str(path))
    return path


def test_an_activation_is_taken_behind_what_it_is_fused_into(chain: Path) -> None:
    planned = planned_by_table(chain, "xnnpack_onnx")
    assert [(op.op, op.delegated) for op in planned.ops] == [
        ("Conv", True),
        ("Relu", True),
        ("Sin", False),
        ("Relu", False),
    ]
    assert (planned.basis, planned.partitions) == ("rules", 1)
    assert planned.ops[2].reason == "Sin is not supported"
    assert [op.name for op in planned.ops] == ["a", "b", "c", "y"]


def test_the_checker_is_asked_about_a_batch_of_one(chain: Path) -> None:
    shapes: list[Any] = []

    def partitions_of(checker: Any, model: Any) -> Any:
        shapes.append([dim.dim_value for dim in model.graph.input[0].type.tensor_type.shape.dim])
        groups = [[node] for node in model.graph.node if node.op_type == "Conv"]
        return SimpleNamespace(supported_groups=groups, unsupported_ops={"ai.onnx:Sin"}, num_partitions=1)

    planned = planned_by_checker(chain, "a provider", partitions_of)
    assert shapes == [[1, 3, 4, 4]]
    assert [op.delegated for op in planned.ops] == [True, False, False, False]
    assert planned.ops[2].reason == "Sin is not supported"
    assert planned.ops[3].reason == "the size of what it reads is not fixed, or it has too many axes"
    assert planned.partitions == 1


def test_where_nothing_is_supported_each_node_has_its_reason(chain: Path) -> None:
    nothing = SimpleNamespace(supported_groups=[], unsupported_ops=set(), num_partitions=0)
    planned = planned_by_checker(chain, "a provider", lambda checker, model: nothing)
    assert [op.delegated for op in planned.ops] == [False] * 4
    assert all(op.reason and op.fix for op in planned.ops)
