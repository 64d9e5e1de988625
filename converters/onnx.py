"""ONNX: one float conversion by tf2onnx; all else derived from that file by ONNX Runtime's own tools."""

from __future__ import annotations

import itertools
import re
import shutil
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from edgekit.adapters import Batch, Made
from edgekit.contract import Contract
from edgekit.cut import folded
from edgekit.errors import ConversionError
from edgekit.files import write_bytes
from edgekit.frameworks import require, tensorflow
from edgekit.freezing import FrozenGraph
from edgekit.variants import Variant

OPSET = 17
"""Old enough for the runtimes on phones of the last three years (ONNX Runtime 1.12), new enough for all ops here."""

_COUNTER = re.compile(r"__\d+$")  # what tf2onnx adds to make names unique

DYNAMIC_OPS = ["MatMul", "Gemm", "Attention", "LSTM", "Gather"]
MIN_WEIGHTS = 1024
"""Smaller weights stay float: their bytes do not matter, their accuracy does."""


def convert(graph: FrozenGraph, target: Path) -> str:
    """Write the float32 ONNX model, inputs and outputs named as in the contract, the batch free."""
    tf = tensorflow("converting to ONNX")
    tfonnx = require("tf2onnx.tfonnx", asked="converting to ONNX", extra="convert")
    optimizer = require("tf2onnx.optimizer", asked="converting to ONNX", extra="convert")
    inputs = [f"{spec.name}:0" for spec in graph.contract.inputs]
    outputs = [f"{spec.name}:0" for spec in graph.contract.outputs]
    # tf2onnx computes each constant op in a session of its own: 1,800 of them in a MobileNetV2, 5 s against 0.1.
    definition = _without_erfc(folded(graph.load(), sorted(graph.contract.names), arithmetic=False))
    rename = {tensor: tensor.removesuffix(":0") for tensor in [*inputs, *outputs]}
    try:
        with tf.Graph().as_default() as imported:
            tf.graph_util.import_graph_def(definition, name="")
            made = tfonnx.process_tf_graph(
                imported, opset=OPSET, input_names=inputs, output_names=outputs, tensors_to_rename=rename
            )
        model = optimizer.optimize_graph(made).make_model("edgekit")
    except Exception as error:
        raise ConversionError(f"tf2onnx: {_reason(error)}") from error
    _forbid_unknown_ops(model, definition)
    _canonicalize(model.graph)
    write_bytes(target, model.SerializeToString(deterministic=True))
    return f"tf2onnx {version('tf2onnx')}"


def _without_erfc(definition: Any) -> Any:
    """Write ``erfc(x)``, which TensorFlow's GELU uses and ONNX does not have, as ``1 - erf(x)``."""
    for node in [node for node in definition.node if node.op == "Erfc"]:
        erf, one = definition.node.add(), definition.node.add()
        erf.CopyFrom(node)
        erf.op, erf.name, one.op, one.name = "Erf", f"{node.name}/erf", "Const", f"{node.name}/one"
        dtype = node.attr["T"].type
        one.attr["dtype"].type = dtype
        one.attr["value"].tensor.CopyFrom(tensorflow().make_tensor_proto(1.0, dtype=dtype))
        node.op, node.input[:] = "Sub", [one.name, erf.name]
    return definition


def _forbid_unknown_ops(model: Any, definition: Any) -> None:
    """Refuse what tf2onnx leaves as it was when it knows no ONNX for it."""
    onnx = require("onnx", asked="converting to ONNX", extra="convert")
    known = {schema.name for schema in onnx.defs.get_all_schemas()}
    unknown = sorted({node.op_type for node in model.graph.node if not node.domain and node.op_type not in known})
    if unknown:
        place = next((node.name for node in definition.node if node.op == unknown[0]), "the graph")
        raise ConversionError(f"tf2onnx knows no ONNX for {', '.join(unknown)} (at {place})")


def _reason(error: Exception) -> str:
    return " / ".join(line.strip() for line in (str(error) or type(error).__name__).splitlines()[:2])[:400]


def _canonicalize(graph: Any) -> None:
    """Name and order the tensors by their first use: tf2onnx numbers them differently in each run."""
    names = {port.name: port.name for port in (*graph.input, *graph.output)}
    constants = {tensor.name for tensor in graph.initializer}
    for node in graph.node:
        for tensor in filter(None, node.output):
            names.setdefault(tensor, _unused(_COUNTER.sub("", tensor), set(names.values())))
        for place, tensor in enumerate(node.input):
            if tensor in constants:  # which name equal constants share is up to chance too: the user names them
                names.setdefault(tensor, _unused(f"{names[node.output[0]]}/input_{place}", set(names.values())))
    places = {name: place for place, name in enumerate(names)}
    weights = sorted(graph.initializer, key=lambda tensor: (places.get(tensor.name, len(places)), tensor.name))
    del graph.value_info[:], graph.initializer[:]
    graph.initializer.extend(weights)
    _rename(graph, names)


def _unused(name: str, used: set[str]) -> str:
    candidates = itertools.chain([name], (f"{name}_{number}" for number in itertools.count(1)))
    return next(candidate for candidate in candidates if candidate not in used)


def _rename(graph: Any, names: dict[str, str]) -> None:
    """Rename tensors in a graph and, where they are used, in the bodies of its loops and branches."""
    for tensor in graph.initializer:
        tensor.name = names.get(tensor.name, tensor.name)
    for number, node in enumerate(graph.node):
        node.name = f"{node.op_type}_{number}"
        node.input[:] = [names.get(tensor, tensor) for tensor in node.input]
        node.output[:] = [names.get(tensor, tensor) for tensor in node.output]
        for attribute in node.attribute:
            for body in (*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs):
                _rename(body, names)


class _Reader:
    """Calibration samples as ONNX Runtime reads them, one at a time."""

    def __init__(self, batches: Iterable[Batch]) -> None:
        self.batches: Iterator[Batch] = iter(batches)

    def get_next(self) -> Batch | None:
        """Return the next sample."""
        return next(self.batches, None)


def calibrate(model: Path, batches: Iterable[Batch], ranges: Path) -> None:
    """Keep the lowest and highest value of each activation over all samples."""
    tools = require("onnxruntime.quantization.calibrate", asked="calibration", extra="convert")
    prepared = _preprocessed(model, ranges.parent / f"{ranges.stem}.prepared.onnx")
    calibrator = tools.create_calibrator(
        prepared, augmented_model_path=str(ranges.parent / f"{ranges.stem}.augmented.onnx")
    )
    calibrator.collect_data(_Reader(batches))
    found = calibrator.compute_data()
    for name, value in found.items():
        if not np.isfinite(value.lowest).all() or not np.isfinite(value.highest).all():
            raise ConversionError(f"calibration found NaN or infinite values in tensor {name!r}")
    tools.save_tensors_data(found, ranges)


def _preprocessed(model: Path, target: Path) -> Path:
    """Write the model with shapes inferred and nodes fused, as quantization wants it."""
    tools = require("onnxruntime.quantization.shape_inference", asked="quantizing ONNX", extra="convert")
    tools.quant_pre_process(str(model), str(target), skip_symbolic_shape=True)
    return target


def derive(model: Path, variant: Variant, ranges: Path | None, target: Path, contract: Contract) -> Made:
    """Write a variant of the float model."""
    make = {"fp32": _fp32, "fp16": _fp16, "dynamic": _dynamic, "int8": _int8}[variant.precision]
    try:
        return Made(make(model, ranges, target), contract)
    except ConversionError:
        raise
    except Exception as error:
        raise ConversionError(f"{variant}: {_reason(error)}") from error


def _fp32(model: Path, _: Path | None, target: Path) -> str:
    shutil.copyfile(model, target)
    return f"tf2onnx {version('tf2onnx')}"


def _fp16(model: Path, _: Path | None, target: Path) -> str:
    """Weights and arithmetic in float16, inputs and outputs in float32."""
    onnx = require("onnx", asked="onnx-fp16", extra="convert")
    tools = require("onnxruntime.transformers.float16", asked="onnx-fp16", extra="convert")
    onnx.save(tools.convert_float_to_float16(onnx.load(model), keep_io_types=True), target)
    return _runtime("float16")


def _int8(model: Path, ranges: Path | None, target: Path) -> str:
    """Weights and activations as int8 between QuantizeLinear and DequantizeLinear, weights per channel."""
    assert ranges is not None, "int8 is calibrated"
    tools = require("onnxruntime.quantization", asked="onnx-int8", extra="convert")
    tools.quantize_static(
        str(_preprocessed(model, target.parent / "prepared.onnx")),
        str(target),
        None,
        calibration_cache_path=str(ranges),
        per_channel=True,
        activation_type=tools.QuantType.QInt8,
        weight_type=tools.QuantType.QInt8,
    )
    (target.parent / "prepared.onnx").unlink()
    return _runtime("static QDQ")


def _dynamic(model: Path, _: Path | None, target: Path) -> str:
    """Weights as int8; matrix products quantize their inputs while they run, convolutions compute in float.

    ONNX Runtime's dynamic convolution has one scale for all channels, which collapses depthwise layers; so the
    weights of convolutions are stored as int8 per channel and dequantized instead.
    """
    onnx = require("onnx", asked="onnx-dynamic", extra="convert")
    tools = require("onnxruntime.quantization", asked="onnx-dynamic", extra="convert")
    tools.quantize_dynamic(str(model), str(target), op_types_to_quantize=DYNAMIC_OPS, weight_type=tools.QuantType.QInt8)
    made = onnx.load(target)
    _store_convolutions_as_int8(made.graph)
    onnx.checker.check_model(made)
    onnx.save(made, target)
    return _runtime("dynamic")


def _store_convolutions_as_int8(graph: Any) -> None:
    """Replace the weights of convolutions by int8 with one scale per output channel, symmetric around zero."""
    onnx = require("onnx", asked="onnx-dynamic", extra="convert")
    weights = {tensor.name: tensor for tensor in graph.initializer}
    for node in [node for node in graph.node if node.op_type == "Conv" and node.input[1] in weights]:
        tensor = weights[node.input[1]]
        values, name = onnx.numpy_helper.to_array(tensor), tensor.name
        if values.dtype != np.float32 or values.size < MIN_WEIGHTS or f"{name}_int8" in weights:
            continue
        largest = np.abs(values).reshape(len(values), -1).max(axis=1)
        scale = (np.maximum(largest, np.finfo(np.float32).tiny) / 127).astype(np.float32)
        steps = np.rint(values / scale.reshape(-1, *[1] * (values.ndim - 1))).astype(np.int8)
        graph.initializer.remove(tensor)
        parts = {f"{name}_int8": steps, f"{name}_scale": scale, f"{name}_zero": np.zeros(len(values), np.int8)}
        for part, value in parts.items():
            graph.initializer.append(onnx.numpy_helper.from_array(value, part))
        graph.node.insert(0, onnx.helper.make_node("DequantizeLinear", list(parts), [name], axis=0))


def _runtime(how: str) -> str:
    return f"onnxruntime {version('onnxruntime')}, {how}"
