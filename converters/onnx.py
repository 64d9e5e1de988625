"""ONNX: one float conversion by tf2onnx; all else derived from that file by ONNX Runtime's own tools."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from edgekit.adapters.converter import Calibration, ConvertedFile, Derivation
from edgekit.contract.batch import Batch
from edgekit.contract.contract import CONTRACT_KEY, Contract
from edgekit.contract.planned_shapes import planned_shapes, with_fixed_sizes
from edgekit.documents.weights import WeightFacts
from edgekit.errors import ConversionError
from edgekit.formats.onnx import rounding as onnx_rounding
from edgekit.formats.onnx.canonical import canonicalize, forbid_unknown_ops, without_erfc
from edgekit.formats.onnx.casts import place_casts
from edgekit.formats.onnx.fixed_sizes import fix_sizes, shapes_of
from edgekit.formats.onnx.optimization import optimized
from edgekit.formats.onnx.padding import keep_padding
from edgekit.formats.onnx.rounding import round_weights
from edgekit.formats.onnx.trained_ranges import trained_ranges, trained_weights
from edgekit.formats.onnx.weights import store_weights, weights_of
from edgekit.graph.folding import folded
from edgekit.models.frozen_graph import FrozenGraph
from edgekit.models.weights import weight_facts
from edgekit.quantization.methods import calibration_method, rounding_method
from edgekit.quantization.moments import load_moments, save_moments
from edgekit.quantization.precision import Precision
from edgekit.quantization.ranges import histograms
from edgekit.recipe.overrides import matched
from edgekit.system.files import write_bytes
from edgekit.system.optional import require, tensorflow

OPSET = 17
"""Old enough for the runtimes on phones of the last three years (ONNX Runtime 1.12), new enough for all ops here."""

DYNAMIC_OPS = ["MatMul", "Gemm", "Attention", "LSTM", "Gather"]
WEIGHT_OPS = ("Conv", "MatMul", "Gemm", "Gather")
INT4_OPSET = 21
"""The first opset whose DequantizeLinear takes int4 (ONNX Runtime 1.18)."""


def convert(graph: FrozenGraph, target: Path) -> str:
    """Write the float32 ONNX model, inputs and outputs named as in the contract, the batch free."""
    tf = tensorflow("converting to ONNX")
    tfonnx = require("tf2onnx.tfonnx", asked="converting to ONNX", extra="convert")
    optimizer = require("tf2onnx.optimizer", asked="converting to ONNX", extra="convert")
    inputs = [f"{spec.name}:0" for spec in graph.contract.inputs]
    outputs = [f"{spec.name}:0" for spec in graph.contract.outputs]
    # tf2onnx computes each constant op in a session of its own: 1,800 of them in a MobileNetV2, 5 s against 0.1.
    definition = without_erfc(folded(graph.load(), sorted(graph.contract.names), arithmetic=False))
    rename = {tensor: tensor.removesuffix(":0") for tensor in [*inputs, *outputs]}

    def parsed() -> Any:
        with tf.Graph().as_default() as imported:
            tf.graph_util.import_graph_def(definition, name="")
            return tfonnx.process_tf_graph(
                imported, opset=OPSET, input_names=inputs, output_names=outputs, tensors_to_rename=rename
            )

    try:
        try:
            model = optimized(parsed()).make_model("edgekit")
        except Exception:  # an optimizer failed: tf2onnx's own loop goes on without it, at the price of memory
            model = optimizer.optimize_graph(parsed()).make_model("edgekit")
    except Exception as error:
        raise ConversionError(f"tf2onnx: {_reason(error)}") from error
    forbid_unknown_ops(model, definition)
    keep_padding(model.graph)
    canonicalize(model.graph)
    write_bytes(target, model.SerializeToString(deterministic=True))
    return f"tf2onnx {version('tf2onnx')}"


def _reason(error: Exception) -> str:
    return " / ".join(line.strip() for line in (str(error) or type(error).__name__).splitlines()[:2])[:400]


class _Reader:
    """Calibration samples as ONNX Runtime reads them, one at a time."""

    def __init__(self, batches: Iterable[Batch]) -> None:
        self.batches: Iterator[Batch] = iter(batches)

    def get_next(self) -> Batch | None:
        """Return the next sample."""
        return next(self.batches, None)


def calibrate(calibration: Calibration, ranges: Path) -> None:
    """Keep the lowest and highest value of each activation over all samples."""
    tools = require("onnxruntime.quantization.calibrate", asked="calibration", extra="convert")
    prepared = _preprocessed(calibration.model, ranges.parent / f"{ranges.stem}.prepared.onnx")
    calibrator = tools.create_calibrator(
        prepared, augmented_model_path=str(ranges.parent / f"{ranges.stem}.augmented.onnx")
    )
    calibrator.collect_data(_Reader(calibration.batches))
    measured = calibrator.compute_data()
    if calibration_method(calibration.method).COUNTS:
        for name, bounds in _chosen(calibration, prepared, ranges, measured).items():
            measured[name].lowest, measured[name].highest = (np.asarray(bound, np.float32) for bound in bounds)
    for name, extremes in measured.items():
        if not np.isfinite(extremes.lowest).all() or not np.isfinite(extremes.highest).all():
            raise ConversionError(f"calibration found NaN or infinite values in tensor {name!r}")
    if calibration.trained:
        onnx = require("onnx", asked="calibration", extra="convert")
        for name, bounds in trained_ranges(onnx.load(prepared).graph, calibration.trained).items():
            if name in measured:
                measured[name].lowest, measured[name].highest = (np.asarray(bound, np.float32) for bound in bounds)
    tools.save_tensors_data(measured, ranges)


def _chosen(calibration: Calibration, prepared: Path, ranges: Path, measured: Any) -> dict[str, tuple[float, float]]:
    """Return the ranges that a method chooses, by reading every activation of every sample."""
    tools = require("onnxruntime.quantization.calibrate", asked="calibration", extra="convert")
    path = ranges.parent / f"{ranges.stem}.all.onnx"
    # Of ONNX Runtime's methods this one makes every activation an output.
    every = tools.CalibrationMethod.Percentile
    session = tools.create_calibrator(prepared, augmented_model_path=str(path), calibrate_method=every).infer_session
    outputs = [output.name for output in session.get_outputs()]
    bounds = {
        name: (float(np.min(extremes.lowest)), float(np.max(extremes.highest)))
        for name, extremes in measured.items()
        if name in outputs
    }
    inputs = {port.name for port in session.get_inputs()}

    def values() -> Iterator[Batch]:
        for batch in calibration.batches:
            arrays = session.run(list(bounds), {name: batch[name] for name in inputs})
            yield dict(zip(bounds, arrays, strict=True))

    method = calibration_method(calibration.method)
    return {name: method.range_of(histogram) for name, histogram in histograms(bounds, values()).items()}


def measure(calibration: Calibration, moments: Path) -> None:
    """Keep the second moments of what the layers read over all samples."""
    save_moments(moments, onnx_rounding.measure(calibration.model, calibration.batches))


def _preprocessed(model: Path, target: Path) -> Path:
    """Write the model with shapes inferred and nodes fused, as quantization wants it."""
    tools = require("onnxruntime.quantization.shape_inference", asked="quantizing ONNX", extra="convert")
    tools.quant_pre_process(str(model), str(target), skip_symbolic_shape=True)
    return target


def derive(derivation: Derivation, target: Path) -> ConvertedFile:
    """Write a variant of the float model."""
    onnx = require("onnx", asked="converting to ONNX", extra="convert")
    try:
        tool, count, contract = _step(derivation.variant.scheme)(derivation, target), 0, derivation.contract
        if derivation.moments is not None:
            model, moments = onnx.load(target), load_moments(derivation.moments)
            method = rounding_method(derivation.rounding)
            count = round_weights(model, onnx.load(derivation.model), moments, method.rounded)
            onnx.save(model, target)
        if derivation.variant.batch is not None:
            contract = _fixed(derivation, target)
        return ConvertedFile(tool, contract, count)
    except ConversionError:
        raise
    except Exception as error:
        raise ConversionError(f"{derivation.variant}: {_reason(error)}") from error


def _fixed(derivation: Derivation, target: Path) -> Contract:
    """Fix the sizes of what was derived, and return its contract."""
    onnx = require("onnx", asked="converting to ONNX", extra="convert")
    model, contract = onnx.load(target), derivation.contract
    fix_sizes(model, planned_shapes(contract, derivation.variant.batch, str(derivation.variant)))
    onnx.save(model, target)
    return with_fixed_sizes(contract, shapes_of(model.graph.input), shapes_of(model.graph.output))


def _step(precision: Precision) -> Callable[[Derivation, Path], str]:
    """Return what writes a precision, by what is an integer in it, and when."""
    if precision.as_trained:
        return _copied
    if precision.calibrated:
        return _static
    if precision.integer_activations:
        return _dynamic
    return _weights if precision.integer_weights else _float16


def describe(model: Path, contract: Contract, *, name: str, front: Path | None) -> list[str]:  # noqa: ARG001
    """Write the contract into an ONNX file's ``metadata_props``; the format has no words of its own for it."""
    onnx = require("onnx", asked="converting to ONNX", extra="convert")
    loaded = onnx.load(model, load_external_data=False)
    onnx.helper.set_model_props(loaded, {CONTRACT_KEY: json.dumps(contract.to_json(), ensure_ascii=False)})
    write_bytes(model, loaded.SerializeToString(deterministic=True))
    return []


def facts(model: Path) -> WeightFacts:
    """Count the zeros among the weights of an ONNX file."""
    onnx = require("onnx", asked="reading ONNX", extra="convert")
    return weight_facts(model, weights_of(onnx.load(model).graph), ops=None)


def _overrides(derivation: Derivation, graph: Any) -> dict[str, str]:
    """Return what overridden operators are left at, by the names of their first outputs."""
    names = [node.output[0] for node in graph.node]
    return matched(derivation.overrides, names) if derivation.overrides else {}


def _copied(derivation: Derivation, target: Path) -> str:
    shutil.copyfile(derivation.model, target)
    return f"tf2onnx {version('tf2onnx')}"


def _float16(derivation: Derivation, target: Path) -> str:
    """Weights and arithmetic in float16, inputs and outputs in float32."""
    onnx = require("onnx", asked="onnx-fp16", extra="convert")
    tools = require("onnxruntime.transformers.float16", asked="onnx-fp16", extra="convert")
    model = onnx.load(derivation.model)
    overrides = _overrides(derivation, model.graph)
    blocked = [node.name for node in model.graph.node if node.output[0] in overrides]
    half = tools.convert_float_to_float16(model, keep_io_types=True, node_block_list=blocked)
    place_casts(half.graph)
    onnx.save(half, target)
    return _runtime("float16")


def _static(derivation: Derivation, target: Path) -> str:
    """Weights and activations as int8 between QuantizeLinear and DequantizeLinear, weights per channel."""
    assert derivation.ranges is not None, "it is calibrated"
    onnx = require("onnx", asked="onnx-int8", extra="convert")
    tools = require("onnxruntime.quantization", asked="onnx-int8", extra="convert")
    prepared = _preprocessed(derivation.model, target.parent / "prepared.onnx")
    graph = onnx.load(prepared).graph
    overrides = _overrides(derivation, graph)
    tools.quantize_static(
        str(prepared),
        str(target),
        None,
        calibration_cache_path=str(derivation.ranges),
        nodes_to_exclude=[node.name for node in graph.node if node.output[0] in overrides],
        per_channel=True,
        activation_type=tools.QuantType.QInt8,
        weight_type=tools.QuantType.QInt8,
        extra_options={"TensorQuantOverrides": trained_weights(graph)} if derivation.trained else {},
    )
    prepared.unlink()
    return _runtime("static QDQ")


def _dynamic(derivation: Derivation, target: Path) -> str:
    """Weights as int8; matrix products quantize their inputs while they run, convolutions compute in float.

    ONNX Runtime's dynamic convolution has one scale for all channels, which collapses depthwise layers; so the
    weights of convolutions are stored as int8 per channel and dequantized instead.
    """
    onnx = require("onnx", asked="onnx-dynamic", extra="convert")
    tools = require("onnxruntime.quantization", asked="onnx-dynamic", extra="convert")
    graph = onnx.load(derivation.model).graph
    overrides = _overrides(derivation, graph)
    excluded = [node.name for node in graph.node if node.output[0] in overrides]
    # ONNX Runtime 1.31 ends the process that loads an integer table whose rows a loop reads.
    stored = ("Conv", "Gather") if any(node.op_type == "Loop" for node in graph.node) else ("Conv",)
    tools.quantize_dynamic(
        str(derivation.model),
        str(target),
        op_types_to_quantize=[kind for kind in DYNAMIC_OPS if kind not in stored],
        nodes_to_exclude=excluded,
        weight_type=tools.QuantType.QInt8,
    )
    model = onnx.load(target)
    store_weights(model, stored, bits=8, overrides=overrides)
    onnx.checker.check_model(model)
    onnx.save(model, target)
    return _runtime("dynamic")


def _weights(derivation: Derivation, target: Path) -> str:
    """Weights as integers that are dequantized when the model is loaded or runs; arithmetic in float."""
    onnx = require("onnx", asked=str(derivation.variant), extra="convert")
    model = onnx.load(derivation.model)
    bits = derivation.variant.scheme.weight_bits
    if bits < 8:
        model = onnx.version_converter.convert_version(model, INT4_OPSET)
    store_weights(model, WEIGHT_OPS, bits=bits, overrides=_overrides(derivation, model.graph))
    onnx.checker.check_model(model)
    onnx.save(model, target)
    return f"edgekit, weights as int{bits}"


def _runtime(kind: str) -> str:
    return f"onnxruntime {version('onnxruntime')}, {kind}"
