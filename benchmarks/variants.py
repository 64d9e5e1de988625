"""Ten variants, against the stock converters called by hand one after another."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure
from benchmarks.workload import Workload
from edgekit.contract.batch import Batch
from edgekit.conversion.conversion import convert_all
from edgekit.conversion.job import calibration_subset
from edgekit.data.samples import Samples
from edgekit.original.finished import load_model
from edgekit.recipe.variants import parse_variant
from edgekit.system.optional import tensorflow

RUNS = 3
TFLITE = ("fp32", "fp16", "dynamic", "int8", "int8full", "int16x8")
ONNX = ("fp32", "fp16", "dynamic", "int8")
TEN = [parse_variant(name) for name in (*(f"tflite-{p}" for p in TFLITE), *(f"onnx-{p}" for p in ONNX))]


def measure(workload: Workload) -> list[Figure]:
    """Time both sides, each in a process of its own with all start-up."""
    model = workload.model
    ours = statistics.median(_process(workload, "ours", number) for number in range(RUNS))
    stock = _process(workload, "stock", 0)
    parts = f"edgekit {ours:.1f} s (median of {RUNS}), stock converters {stock:.1f} s (one run)"
    floor = f"one float conversion per format and 100 invokes, {model.path.name} read once"
    return [Figure(name="ten variants of the model", goal=0.20, ratio=ours / stock, parts=parts, floor=floor)]


def _process(workload: Workload, side: str, number: int) -> float:
    """Run one side in a fresh process and return its seconds."""
    out = workload.scratch / f"variants-{side}-{number}"
    command = [sys.executable, "-m", "benchmarks.variants", side, str(workload.scratch), str(out)]
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - started


def main() -> None:
    """Be one side: ``python -m benchmarks.variants SIDE SCRATCH OUT``."""
    side, scratch, out = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    workload = Workload(scratch)
    model = load_model(scratch / "tuned" / "model")
    assert workload.split.train is not None
    samples = calibration_subset(workload.split.train, 100, seed=0)
    if side == "ours":
        conversions = convert_all(model, TEN, samples=samples, out=out)
        assert all(result.artifact for result in conversions), [result.error for result in conversions]
    else:
        out.mkdir()
        convert_by_hand(model.path, model.contract.inputs[0].name, lambda: _batches(samples, model), out)


def _batches(samples: Samples, model: Any) -> Iterator[Batch]:
    for index in range(len(samples)):
        yield samples.read(index, index + 1, model.contract)


def convert_by_hand(path: Path, name: str, batches: Callable[[], Iterator[Batch]], out: Path) -> None:
    """Make the ten variants as the tools' own documentation shows it."""
    tf = tensorflow()
    for precision in TFLITE:
        (out / f"{precision}.tflite").write_bytes(stock_tflite(tf, path, precision, name, batches))
    import onnx
    from onnxruntime import quantization
    from onnxruntime.transformers.float16 import convert_float_to_float16

    class Reader(quantization.CalibrationDataReader):  # type: ignore[misc]  # no types
        def __init__(self) -> None:
            self.batches = batches()

        def get_next(self) -> Batch | None:
            return next(self.batches, None)

    for precision in ONNX:
        file = out / f"{precision}.onnx"
        stock_onnx(path, file)
        if precision == "fp16":
            onnx.save(convert_float_to_float16(onnx.load(file), keep_io_types=True), file)
        elif precision == "dynamic":
            quantization.quantize_dynamic(file, out / "dynamic8.onnx")
        elif precision == "int8":
            quantization.quantize_static(file, out / "int8q.onnx", Reader(), per_channel=True)


def stock_onnx(path: Path, file: Path) -> None:
    """Convert by tf2onnx's command from the SavedModel."""
    command = [sys.executable, "-m", "tf2onnx.convert", "--saved-model", str(path), "--opset", "17"]
    subprocess.run([*command, "--output", str(file)], check=True)


def stock_tflite(tf: Any, path: Path, precision: str, name: str, batches: Callable[[], Iterator[Batch]]) -> bytes:
    """Convert by TFLiteConverter from the SavedModel."""
    converter = tf.lite.TFLiteConverter.from_saved_model(str(path))
    if precision != "fp32":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if precision == "fp16":
        converter.target_spec.supported_types = [tf.float16]
    if precision in ("int8", "int8full", "int16x8"):
        converter.representative_dataset = lambda: ({name: batch[name]} for batch in batches())
    sets = tf.lite.OpsSet
    if precision == "int16x8":
        wide = sets.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8
        converter.target_spec.supported_ops = [wide]
    if precision == "int8full":
        converter.target_spec.supported_ops = [sets.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = converter.inference_output_type = tf.int8
    model: bytes = converter.convert()
    return model


if __name__ == "__main__":
    main()
