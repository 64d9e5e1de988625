"""What TensorFlow's converter refuses is told by op, node and way out; what it says otherwise keeps its node."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from edgekit.formats.tflite.refusals import reason, refusal

MISSING = """Could not translate MLIR to FlatBuffer.<string>:1:1: error: 'tf.MatrixInverse' op is neither a custom op nor a flex op
<unknown>:0: error: failed while converting: 'main':
Some ops are not supported by the native TFLite runtime, you can enable TF kernels fallback using TF Select.
TF Select ops: MatrixInverse{more}
Details:
\ttf.MatrixInverse(tensor<?x8x8xf32>) -> (tensor<?x8x8xf32>) : {{adjoint = false, device = ""}}
{details}
"""  # noqa: E501 - as the converter writes it
LOOP = "\ttf.TensorListReserve(tensor<i32>, tensor<i32>) -> (tensor<!tf_type.variant>) : {}"


def graph(*nodes: tuple[str, str], inner: tuple[str, str] = ("add", "Add")) -> Any:
    def listed(pairs: Any) -> list[Any]:
        return [SimpleNamespace(name=name, op=op) for name, op in pairs]

    body = SimpleNamespace(node_def=listed([inner]))
    return SimpleNamespace(node=listed(nodes), library=SimpleNamespace(function=[body]))


def test_a_missing_op_is_told_by_its_nodes() -> None:
    definition = graph(*((f"layer_{i}/inverse", "MatrixInverse") for i in range(5)))
    text, op = refusal(RuntimeError(MISSING.format(more="", details="")), "", definition)
    assert op == "MatrixInverse"
    assert "op MatrixInverse (nodes layer_0/inverse, layer_1/inverse, layer_2/inverse and 2 more) has no" in text
    assert "only as a Flex op" in text
    assert "take ONNX" in text


def test_a_loop_is_to_be_unrolled() -> None:
    definition = graph(("a/inverse", "MatrixInverse"), inner=("my_lstm/list", "TensorListReserve"))
    text, _ = refusal(RuntimeError(MISSING.format(more=", TensorListReserve", details=LOOP)), "", definition)
    assert "ops MatrixInverse (node a/inverse), TensorListReserve (node my_lstm/list) have no builtin" in text
    assert "unroll=True" in text


@pytest.mark.parametrize(
    ("log", "node"),
    [
        ('loc(fused["Lgamma:", callsite("stage/lg"("x.py":1:1))]): error: failed to convert', " (node stage/lg)"),
        ('loc("dense/MatMul"): error: failed', " (node dense/MatMul)"),
        ('loc("dense/MatMul"): note: called from', ""),
        ("", ""),
    ],
)
def test_another_error_keeps_its_node(log: str, node: str) -> None:
    text, op = refusal(RuntimeError("first\nx: error: failed to convert value"), log, graph())
    assert (text, op) == (f"x: error: failed to convert value{node}", None)


def test_the_telling_lines_of_a_message() -> None:
    assert reason(RuntimeError("one\n\ntwo\nthree")) == "one / two"
    assert reason(RuntimeError("one\ntwo\nOps: A")) == "Ops: A"
    assert reason(RuntimeError()) == "RuntimeError"
