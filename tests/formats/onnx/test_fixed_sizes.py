"""Free sizes of an ONNX file are fixed, those of its outputs as far as they follow."""

from __future__ import annotations

from edgekit.formats.onnx.fixed_sizes import fix_sizes, shapes_of
from edgekit.system.optional import require


def test_the_batch_is_fixed_from_input_to_output() -> None:
    onnx = require("onnx", asked="tests", extra="convert")
    helper, floats = onnx.helper, onnx.TensorProto.FLOAT
    ports = [helper.make_tensor_value_info(name, floats, ["n", 3]) for name in "xy"]
    graph = helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "g", ports[:1], ports[1:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    assert shapes_of(model.graph.input) == {"x": (None, 3)}
    fix_sizes(model, {"x": (2, 3)})
    assert shapes_of(model.graph.input) == {"x": (2, 3)}
    assert shapes_of(model.graph.output) == {"y": (2, 3)}
    onnx.checker.check_model(model)
