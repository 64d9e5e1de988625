"""Files with integer inputs and outputs: what has to be fixed before, and what their contract says then."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
from msgspec.structs import replace

from edgekit.contract.contract import Contract, InputSpec, OutputSpec
from edgekit.contract.medium import medium_of
from edgekit.errors import ConversionError
from edgekit.formats.tflite.graph import read_graph
from edgekit.quantization.affine import TensorDetail
from edgekit.quantization.precision import Precision
from edgekit.system.optional import require

INTEGER_TYPES = ("int8", "uint8", "int16", "int32", "int64", "bool")


def integer_contract(model: bytes, contract: Contract, precision: Precision) -> Contract:
    """Return the contract of a file with integer inputs and outputs; float parts inside are an error."""
    litert = require("ai_edge_litert.interpreter", asked=f"tflite-{precision.name}", extra="convert")
    interpreter = litert.Interpreter(model_content=model, experimental_preserve_all_tensors=False)
    runner, used = interpreter.get_signature_runner(), _used(model)
    floats = sorted(
        {
            detail["name"]
            for detail in interpreter.get_tensor_details()
            if detail["name"] in used and np.dtype(detail["dtype"]).name not in INTEGER_TYPES
        }
    )
    if floats:
        raise ConversionError(
            f"not all of the model can be integer: {len(floats)} float tensors are left, the first is {floats[0]!r}; "
            f"tflite-int8 keeps such parts as float"
        )
    inputs, outputs = runner.get_input_details(), runner.get_output_details()
    return replace(
        contract,
        inputs=tuple(_quantized(spec, inputs[spec.name]) for spec in contract.inputs),
        outputs=tuple(_quantized(spec, outputs[spec.name]) for spec in contract.outputs),
    )


def _used(model: bytes) -> set[str]:
    """Return the names of the tensors that operators read or make; what was folded leaves others behind."""
    graph = read_graph(model).subgraphs[0]
    edges = [index for operator in graph.operators for index in (*operator.inputs, *operator.outputs)]
    return {graph.tensors[index].name.decode() for index in edges if index >= 0}


def with_floats(contract: Contract, names: Collection[str]) -> Contract:
    """Return a contract in which inputs of integers are floats of the same values, which a file quantizes."""
    inputs = [medium_of(spec).as_floats(spec) if spec.name in names else spec for spec in contract.inputs]
    return replace(contract, inputs=tuple(inputs))


def _quantized(spec: Any, detail: TensorDetail) -> Any:
    assert isinstance(spec, InputSpec | OutputSpec)
    scale, zero_point = detail["quantization"]
    quantization = {"scale": float(scale), "zero_point": int(zero_point), "dtype": np.dtype(detail["dtype"]).name}
    return replace(spec, shape=tuple(int(size) for size in detail["shape"]), quantization=quantization)
