"""``python -m benchmarks.architectures [NAME ...]``: does what Keras has convert, and how far from the original is it?

Each model has random weights and runs in a child of its own; its row is kept in ``build/architectures``, so that the
table can be made name by name. Decibels are of the signal, how the original's answers differ from sample to sample, to
the error, on data that did not calibrate.
"""

from __future__ import annotations

import datetime
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.architecture_models import MODELS, build, natural
from edgekit.contract.batch import Batch
from edgekit.conversion.conversion import convert_all
from edgekit.data.loading import load_samples
from edgekit.inference.sessions import open_session
from edgekit.original.finished import load_model
from edgekit.recipe.variants import parse_variant
from edgekit.system.machine import machine
from edgekit.system.optional import tensorflow
from edgekit.system.printable import reason_of

ROWS = Path(__file__).parent.parent / "build" / "architectures"
KERAS = ("tf_keras", "keras")
VARIANTS = ("tflite-fp32", "onnx-fp32", "tflite-int8", "tflite-int8full")
STOCK = ("fp32", "int8", "int8full")
CALIBRATION, JUDGING = 16, 8
TIMEOUT = 1200  # seconds for one model


def main() -> int:
    """Run what is named, or what has no row yet, and print the table of all rows."""
    names = sys.argv[1:] or list(MODELS)
    unknown = [name for name in names if name not in MODELS]
    if unknown:
        sys.stderr.write(f"no architecture {unknown[0]!r}; there are: {', '.join(MODELS)}\n")
        return 2
    ROWS.mkdir(parents=True, exist_ok=True)
    for name in names:
        for keras in KERAS:
            file = ROWS / f"{name}-{keras}.json"
            if sys.argv[1:] or not file.exists():
                _run(name, keras, file)
    _table()
    return 0


def _run(name: str, keras: str, file: Path) -> None:
    """Measure one model in a child, and keep its row; one that dies has its reason as a row."""
    command = [sys.executable, "-c", "from benchmarks.architectures import measure; measure()", name, keras, str(file)]
    sys.stderr.write(f"{name} ({keras})\n")
    file.unlink(missing_ok=True)
    try:
        child = subprocess.run(command, check=False, capture_output=True, text=True, timeout=TIMEOUT)
        error = child.stderr.strip().splitlines()[-1:] if child.returncode else []
    except subprocess.TimeoutExpired:
        error = [f"no answer within {TIMEOUT} s"]
    if not file.exists():
        file.write_text(json.dumps({"error": " ".join(error) or "died"}))


def measure() -> None:
    """Be the child of one model: ``NAME KERAS FILE``."""
    name, keras, file = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    folder = file.with_suffix("")
    original, path = build(name, keras, folder)
    model = load_model(path)
    spec = model.contract.inputs[0]
    arrays = _samples(spec.shape, spec.dtype)
    calibration, judging = arrays[:CALIBRATION], arrays[CALIBRATION:]
    answers = np.asarray(original(judging))
    check_answers(answers)
    row: dict[str, Any] = {"date": datetime.datetime.now(tz=datetime.UTC).date().isoformat(), "machine": machine()}
    row["floor"] = _floor(original, judging, answers)
    samples = load_samples({spec.name: calibration})
    for result in convert_all(
        model, [parse_variant(variant) for variant in VARIANTS], samples=samples, out=folder / "artifacts"
    ):
        if result.artifact is None:
            row[str(result.variant)] = result.error
            continue
        with open_session(result.artifact) as session:
            outputs = [next(iter(session.run(**{spec.name: sample[None]}).values())) for sample in judging]
        row[str(result.variant)] = decibels(answers, np.concatenate(outputs))
    for precision in STOCK:
        row[f"stock-{precision}"] = _stock(path=model.path, precision=precision, arrays=arrays, answers=answers)
    file.write_text(json.dumps(row, indent=1))


def _samples(shape: tuple[int | None, ...], dtype: str) -> NDArray[Any]:
    """Return made-up samples: photos and sounds, or ids of words."""
    generator = np.random.default_rng(0)
    sizes = (CALIBRATION + JUDGING, *(size or 32 for size in shape[1:]))
    if np.dtype(dtype).kind == "i":
        return generator.integers(1, 1000, sizes).astype(dtype)
    return natural(generator, sizes).astype(dtype)


def check_answers(answers: NDArray[Any]) -> None:
    """Refuse answers that are all but the same for every sample: any file would agree with them.

    Raises:
        ValueError: Less than a millionth of their energy depends on the sample.
    """
    values = answers.astype(float)
    varying = float(np.square(values - values.mean(axis=0)).sum())
    if not varying > 1e-6 * float(np.square(values).sum()):
        raise ValueError("the original answers the same to every sample, so agreement with it would show nothing")


def _floor(original: Callable[[Any], Any], samples: NDArray[Any], answers: NDArray[Any]) -> float | None:
    """Return the decibels between a model and itself, its samples moved by one step of float32; ids have none.

    No other order of the same sums can be expected to come much nearer.
    """
    if samples.dtype.kind == "i":
        return None
    return decibels(answers, np.asarray(original(np.nextafter(samples, np.float32(2)))))


def decibels(answers: NDArray[Any], outputs: NDArray[Any]) -> float:
    """Return 10 log10 of the signal's energy over the error's; 200 where there is no error.

    The signal is how answers differ from their mean over the samples: what is the same for all of them is no answer.
    """
    error = float(np.square(answers.astype(float) - outputs).sum())
    signal = float(np.square(answers.astype(float) - answers.astype(float).mean(axis=0)).sum())
    return 200.0 if error == 0 else min(200.0, 10 * float(np.log10(signal / error)))


def _stock(*, path: Path, precision: str, arrays: NDArray[Any], answers: NDArray[Any]) -> float | str:
    """Convert by TFLiteConverter as its documentation shows, and return its decibels, or why it fails."""
    tf = tensorflow()
    converter = tf.lite.TFLiteConverter.from_saved_model(str(path))
    if precision != "fp32":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]

    def dataset() -> Iterator[Batch]:
        key = next(iter(tf.saved_model.load(str(path)).signatures["serving_default"].structured_input_signature[1]))
        for sample in arrays[:CALIBRATION]:
            yield {key: sample[None]}

    converter.representative_dataset = dataset if precision != "fp32" else None
    if precision == "int8full":
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_output_type = tf.int8
        if arrays.dtype.kind == "f":  # ids of words stay as they are
            converter.inference_input_type = tf.int8
    try:
        run = _interpreter(tf, converter.convert())
        return decibels(answers, np.concatenate([run(sample[None]) for sample in arrays[CALIBRATION:]]))
    except Exception as error:
        return f"{type(error).__name__}: {reason_of(error)}"


def _interpreter(tf: Any, content: bytes) -> Callable[[NDArray[Any]], NDArray[Any]]:
    """Return a function that runs a TFLite file in floats, whatever its edges are."""
    interpreter = tf.lite.Interpreter(model_content=content, num_threads=1)
    source, target = interpreter.get_input_details()[0], interpreter.get_output_details()[0]

    def run(sample: NDArray[Any]) -> NDArray[Any]:
        interpreter.resize_tensor_input(source["index"], sample.shape)
        interpreter.allocate_tensors()
        scale, zero = source["quantization"]
        values = np.clip(np.round(sample / scale) + zero, -128, 127) if source["dtype"] == np.int8 else sample
        interpreter.set_tensor(source["index"], values.astype(source["dtype"]))
        interpreter.invoke()
        answer = interpreter.get_tensor(target["index"])
        scale, zero = target["quantization"]
        return np.asarray((answer.astype(float) - zero) * scale if target["dtype"] == np.int8 else answer)

    return run


def _table() -> None:
    """Print all rows as Markdown, with the date and the machine of the last."""
    rows = {file.stem: json.loads(file.read_text()) for file in sorted(ROWS.glob("*.json"))}
    by_hand = "TFLiteConverter's"
    heads = ["one step", "ONNX fp32", "TFLite fp32", by_hand, "int8", by_hand, "int8full", by_hand]
    keys = ["floor", "onnx-fp32"]
    keys += [key for precision in STOCK for key in (f"tflite-{precision}", f"stock-{precision}")]
    lines = [f"| model | Keras | {' | '.join(heads)} |", "|---" * (len(heads) + 2) + "|"]
    notes, origins = [], set()
    for stem, row in rows.items():
        name, _, keras = stem.rpartition("-")
        generation = "2" if keras == "tf_keras" else "3"
        lines.append(f"| {name} | {generation} | {' | '.join(_cell(row.get(key)) for key in keys)} |")
        failures = {"model": row.get("error"), **{key: row.get(key) for key in keys}}
        notes += [f"- {name}, Keras {generation}, {key}: {text}" for key, text in failures.items() if _is_text(text)]
        origins.add(f"{row['date']}, {row['machine']}" if "date" in row else "")
    sys.stdout.write("\n".join([*lines, "", *notes, "", *sorted(filter(None, origins))]) + "\n")


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _cell(value: float | str | None) -> str:
    return f"{value:.1f} dB" if isinstance(value, float | int) else "-"


if __name__ == "__main__":
    sys.exit(main())
