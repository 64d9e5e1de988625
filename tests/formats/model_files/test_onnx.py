"""ONNX files as any layer asks them: recognized by how they begin, their ops counted without their weights."""

from __future__ import annotations

from pathlib import Path

import onnx
import pytest

from edgekit.formats.model_files.onnx import embedded_contract, op_counts, operators, recognizes


@pytest.mark.parametrize(
    ("head", "recognized"),
    [(b"\x08\x0a:\x01", True), (b"\x08\x7f\x12", True), (b"\x08\x80\x12", False), (b"\x08\x0a", False), (b"", False)],
)
def test_it_begins_with_a_small_version(head: bytes, recognized: bool) -> None:
    assert recognizes(head) is recognized


def test_the_ops_of_the_main_graph_are_counted(tmp_path: Path) -> None:
    helper = onnx.helper
    nodes = [helper.make_node("Add", ["x", "x"], ["a"]), helper.make_node("Add", ["a", "x"], ["b"])]
    graph = helper.make_graph([*nodes, helper.make_node("Relu", ["b"], ["y"])], "sums", [], [])
    onnx.save(helper.make_model(graph), str(tmp_path / "model.onnx"))
    assert op_counts(tmp_path / "model.onnx") == {"Add": 2, "Relu": 1}
    del graph.node[:]
    onnx.save(helper.make_model(graph), str(tmp_path / "empty.onnx"))
    assert op_counts(tmp_path / "empty.onnx") == {}
    assert recognizes((tmp_path / "model.onnx").read_bytes()[:8])


def test_it_holds_no_contract_and_plans_no_operators(tmp_path: Path) -> None:
    assert embedded_contract(tmp_path / "unread.onnx") is None
    assert operators(tmp_path / "unread.onnx") == []
