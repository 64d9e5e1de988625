"""TFLite: one float conversion by TensorFlow's converter; all else derived from that file by ai-edge-quantizer."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from edgekit.adapters.converter import Calibration, ConvertedFile, Derivation
from edgekit.contract.batch import Batch
from edgekit.contract.contract import Contract
from edgekit.contract.medium import medium_of
from edgekit.contract.planned_shapes import planned_shapes, with_fixed_sizes
from edgekit.documents.weights import WeightFacts
from edgekit.errors import ConversionError
from edgekit.formats.tflite import metadata_writer
from edgekit.formats.tflite import rounding as tflite_rounding
from edgekit.formats.tflite.graph import (
    float_islands,
    operator_names,
    operator_types,
    read_graph,
    weights_of,
    write_graph,
)
from edgekit.formats.tflite.integer_edges import integer_contract, with_floats
from edgekit.formats.tflite.loops import check_loops, loop_levels
from edgekit.formats.tflite.passes.block_scales import fill_block_scales
from edgekit.formats.tflite.passes.cast_inputs import drop_casts
from edgekit.formats.tflite.passes.fixed_sizes import fix_sizes, signature_shapes
from edgekit.formats.tflite.passes.float_outputs import add_float_outputs, outputs_used_inside
from edgekit.formats.tflite.passes.initial_sizes import set_initial_sizes
from edgekit.formats.tflite.preparation import Shapes, prepare
from edgekit.formats.tflite.quantizer import quantized
from edgekit.formats.tflite.refusals import reason, refusal
from edgekit.formats.tflite.rounding import round_weights
from edgekit.formats.tflite.statistics import (
    Statistics,
    as_statistics,
    off_powers_of_two,
    read_ranges,
    trained_ranges,
    trained_weights,
)
from edgekit.graph.light import fill_saved_model, load_light
from edgekit.graph.loops import has_loops, shape_with_batch, with_batch
from edgekit.models.frozen_graph import FrozenGraph
from edgekit.models.weights import Weights, weight_facts
from edgekit.quantization.methods import calibration_method, rounding_method
from edgekit.quantization.moments import load_moments, save_moments
from edgekit.quantization.precision import Precision
from edgekit.quantization.ranges import histograms
from edgekit.recipe.overrides import matched
from edgekit.system.files import write_bytes, write_json
from edgekit.system.optional import require, tensorflow
from edgekit.system.stderr_log import log_end, written_since

SIGNATURE = "serving_default"


def convert(graph: FrozenGraph, target: Path) -> str:
    """Write the float32 TFLite model with a named signature and a free batch; TensorFlow's converter makes it."""
    tf = tensorflow("converting to TFLite")
    definition = load_light(graph)
    shapes = {spec.name: spec.shape for spec in graph.contract.inputs}
    if has_loops(definition):  # lists in a loop need elements of a fixed shape: it takes samples one by one
        shapes = {spec.name: shape_with_batch(spec, 1) for spec in graph.contract.inputs}
        definition = with_batch(definition, graph.contract.inputs, sorted(graph.contract.names), 1)
    specs = [tf.TensorSpec(shapes[spec.name], spec.dtype, name=spec.name) for spec in graph.contract.inputs]
    outputs = [spec.name for spec in graph.contract.outputs]

    def serve(*inputs: Any) -> Any:
        mapping = {f"{spec.name}:0": tensor for spec, tensor in zip(specs, inputs, strict=True)}
        tensors = tf.graph_util.import_graph_def(definition, mapping, [f"{name}:0" for name in outputs], name="")
        return dict(zip(outputs, tensors, strict=True))

    root = tf.Module()
    root.serve = tf.function(serve, autograph=False, input_signature=specs)
    converter = _filling(graph).from_concrete_functions([root.serve.get_concrete_function()], root)
    log = log_end()
    try:
        model = converter.convert()
        if any(_half_zero(weights) for weights in weights_of(read_graph(model))):
            converter.optimizations = [tf.lite.Optimize.EXPERIMENTAL_SPARSITY]
            write_bytes(_sparse(target), converter.convert())
        write_bytes(target, _with_initial_sizes(model, graph.contract))
    except Exception as error:
        cause, op = refusal(error, written_since(log), definition)
        refused = ConversionError(f"TFLiteConverter: {cause}")
        refused.op = op
        raise refused from error
    return f"TFLiteConverter {tf.__version__}"


def _with_initial_sizes(model: bytes, contract: Contract) -> bytes:
    """Return a file that begins with the sizes that the contract says, such as that of photos."""
    shapes = {spec.name: medium_of(spec).planned_shape(spec) for spec in contract.inputs}
    if all(shapes[spec.name] == spec.shape for spec in contract.inputs):
        return model
    loaded = read_graph(model)
    return write_graph(loaded) if set_initial_sizes(loaded, shapes) else model


def _filling(graph: FrozenGraph) -> Any:
    """Return TensorFlow's converter, which saves the model once more as it starts, with the weights put in only then.

    Before that it traces, saves, reads and loads the model, and holds each of these copies to its end.
    """
    tf = tensorflow("converting to TFLite")

    class Filling(tf.lite.TFLiteConverter):  # type: ignore[misc, name-defined]  # no types
        def _convert_concrete_functions_to_saved_model(self, output_dir: str) -> Any:
            saved = super()._convert_concrete_functions_to_saved_model(output_dir)
            if saved[0] is None:  # it would go on with the graph itself, which lacks the weights
                raise ConversionError("TensorFlow cannot save the graph")
            fill_saved_model(Path(output_dir), graph)
            return saved

    return Filling


def _half_zero(weights: Weights) -> bool:
    return bool(2 * (weights.values == 0).sum() >= weights.values.size)


def _sparse(model: Path) -> Path:
    """Return where the float model with its zeros left out is, if it has many."""
    return model.with_name(f"sparse-{model.name}")


class _Samples:
    """Calibration samples as the quantizer reads them: more than once, and never all in memory."""

    def __init__(self, batches: Iterable[Batch]) -> None:
        self.batches = batches

    def __iter__(self) -> Iterator[Batch]:
        return iter(self.batches)


def calibrate(calibration: Calibration, ranges: Path) -> None:
    """Keep the lowest and highest value of each activation over all samples.

    The interpreter's own profiler collects them, in the kernels that also serve (5 times as fast as reading every
    tensor back, and the same ranges). The quantizer's default, a moving average of each sample's range, clips: on
    normally distributed inputs it left out values beyond one standard deviation, and an SQNR of 5 dB.
    """
    tools = require("ai_edge_quantizer.calibrator", asked="calibration", extra="convert")
    ranges_of = require("ai_edge_quantizer.utils.qsv_utils", asked="calibration", extra="convert")
    manager = require("ai_edge_quantizer.recipe_manager", asked="calibration", extra="convert").RecipeManager()
    calibrator = tools.Calibrator(
        calibration.model.read_bytes(),
        num_threads=1,
        mode=tools.CalibrationMode.CALIBRATION_PROFILER_BASED,
        qsv_update_func=ranges_of.min_max_update,
    )
    calibrator.calibrate({SIGNATURE: _Samples(calibration.batches)}, manager)
    statistics = calibrator.get_model_qsvs()
    if not statistics:
        raise ConversionError("calibration saw no samples")
    measured: Statistics = {}
    for name, bounds in statistics.items():
        if not all(np.isfinite(bound).all() for bound in bounds.values()):
            raise ConversionError(f"calibration found NaN or infinite values in tensor {name!r}")
        measured[name] = {key: bound.tolist() for key, bound in bounds.items()}
    if calibration_method(calibration.method).COUNTS:
        measured |= _chosen(calibration, measured)
    if calibration.trained:
        model = calibration.model.read_bytes()
        measured |= trained_ranges(calibration.trained, measured, model) | trained_weights(model)
    write_json(ranges, measured)


def _chosen(calibration: Calibration, measured: Statistics) -> Statistics:
    """Return the ranges that a method chooses, by reading every activation of every sample."""
    litert = require("ai_edge_litert.interpreter", asked="calibration", extra="convert")
    interpreter = litert.Interpreter(str(calibration.model), num_threads=1, experimental_preserve_all_tensors=True)
    runner = interpreter.get_signature_runner(SIGNATURE)
    indices = {detail["name"]: detail["index"] for detail in interpreter.get_tensor_details()}
    bounds = {
        name: (float(np.min(value["min"])), float(np.max(value["max"])))
        for name, value in measured.items()
        if name in indices
    }

    def values() -> Iterator[Batch]:
        for batch in calibration.batches:
            runner(**batch)
            yield {name: interpreter.get_tensor(indices[name]) for name in bounds}

    method, counted = calibration_method(calibration.method), histograms(bounds, values())
    return {name: as_statistics(method.range_of(histogram), like=measured[name]) for name, histogram in counted.items()}


def measure(calibration: Calibration, moments: Path) -> None:
    """Keep the second moments of what the layers read over all samples."""
    save_moments(moments, tflite_rounding.measure(calibration.model.read_bytes(), calibration.batches))


def derive(derivation: Derivation, target: Path) -> ConvertedFile:
    """Write a variant of the float model."""
    precision, variant, shapes = derivation.variant.scheme, derivation.variant, None
    if precision.integer_edges or variant.batch is not None:
        shapes = planned_shapes(derivation.contract, variant.batch, str(variant))
    if precision.as_trained:
        return _as_converted(derivation, shapes, target)
    ranges = None if derivation.ranges is None else read_ranges(derivation.ranges)
    source = read_graph(derivation.model.read_bytes())
    check_loops(source, variant)
    prepare(source, precision, ranges, shapes)
    cast = drop_casts(source, ranges) if precision.integer_edges and ranges is not None else set[str]()
    model = _quantized_graph(source, precision, ranges, overrides=_overrides(derivation, source))
    moments = {} if derivation.moments is None else load_moments(derivation.moments)
    count = round_weights(model, source, moments, rounding_method(derivation.rounding).rounded)
    content, contract = write_graph(model), derivation.contract
    if precision.integer_edges:
        contract = integer_contract(content, with_floats(contract, cast), precision)
    elif shapes is not None:
        contract = with_fixed_sizes(contract, *signature_shapes(model))
    write_bytes(target, content)
    return ConvertedFile(f"ai-edge-quantizer {version('ai-edge-quantizer')}", contract, count)


def _as_converted(derivation: Derivation, shapes: Shapes | None, target: Path) -> ConvertedFile:
    """Write the float model as it is, or with fixed sizes; of one with many zeros the smaller of its two files."""
    files = [path for path in (derivation.model, _sparse(derivation.model)) if path.exists()]
    smallest, contract = min(files, key=lambda path: path.stat().st_size), derivation.contract
    if shapes is None:
        shutil.copyfile(smallest, target)
    else:
        model = read_graph(smallest.read_bytes())
        check_loops(model, derivation.variant)
        fix_sizes(model, shapes)
        contract = with_fixed_sizes(contract, *signature_shapes(model))
        write_bytes(target, write_graph(model))
    return ConvertedFile(f"TFLiteConverter {version('tensorflow')}", contract)


def _quantized_graph(
    source: Any, precision: Precision, ranges: Statistics | None, *, overrides: Mapping[str, str]
) -> Any:
    """Return the quantized graph, with what ai-edge-quantizer gets wrong put right."""
    edges = ("INPUT", "OUTPUT") if precision.calibrated and not precision.integer_edges else ()
    # ai-edge-quantizer 0.10 feeds the float copy of an output that is also used inside to an integer op.
    own_outputs = bool(edges) and bool(outputs_used_inside(source))
    float_edges = edges[:1] if own_outputs else edges
    if ranges is not None and precision.activation_bits == 16:
        ranges = {name: off_powers_of_two(bounds) for name, bounds in ranges.items()}
    try:
        model = quantized(source, precision, ranges, float_edges=float_edges, overrides=overrides)
    except Exception as error:
        raise ConversionError(f"ai-edge-quantizer: {reason(error)}") from error
    fill_block_scales(model)
    if own_outputs:
        add_float_outputs(model)
    return model


def _overrides(derivation: Derivation, source: Any) -> dict[str, str]:
    """Return what operators are left at, by name: as asked, and 8 bits where a row of weights is no whole blocks."""
    overrides = matched(derivation.overrides, operator_names(source)) if derivation.overrides else {}
    block, calibrated = derivation.variant.scheme.block, derivation.variant.scheme.calibrated
    if calibrated:
        overrides = {**overrides, **loop_levels(source)}
    if block is None:
        return overrides
    uneven = [weights.name for weights in weights_of(source) if weights.values.shape[-1] % block]
    return {**dict.fromkeys(uneven, "int8"), **overrides}


def describe(model: Path, contract: Contract, *, name: str, front: Path | None) -> list[str]:
    """Write TFLite Metadata, labels and the contract into a TFLite file; return what the metadata cannot say."""
    return metadata_writer.describe(model, contract, name=name, front=front)


def facts(model: Path) -> WeightFacts:
    """Count the zeros among the weights of a TFLite file."""
    content = model.read_bytes()
    loaded = read_graph(content)
    return weight_facts(model, weights_of(loaded), ops=operator_types(content), float_islands=float_islands(loaded))
