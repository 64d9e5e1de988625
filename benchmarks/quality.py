"""The int8 variants, against TFLiteConverter's own int8 on the same photos."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.figures import Figure
from benchmarks.variants import stock_tflite
from benchmarks.workload import Workload
from edgekit.conversion.conversion import convert
from edgekit.conversion.job import calibration_subset
from edgekit.evaluation.intervals import paired_drop_interval
from edgekit.inference.sessions import open_session
from edgekit.system.optional import tensorflow


def measure(workload: Workload) -> list[Figure]:
    """Compare answers photo by photo; worse is what the whole interval of the drop against stock says."""
    model, split = workload.model, workload.split
    assert split.train is not None
    calibration = calibration_subset(split.train, 100, seed=0)
    batches = [calibration.read(i, i + 1, model.contract) for i in range(len(calibration))]
    count = len(split.held_out)
    photos = split.held_out.read(0, count, model.contract)
    labels = np.asarray(split.held_out.labels)
    original = _answers(model.path, photos)
    figures = []
    for precision in ("int8", "int8full"):
        stock_file = stock_tflite(
            tensorflow(), model.path, precision, model.contract.inputs[0].name, lambda: iter(batches)
        )
        file = workload.scratch / f"stock-{precision}.tflite"
        file.write_bytes(stock_file)
        ours = _answers(
            convert(model, f"tflite-{precision}", data=calibration, out=workload.scratch / "quality"), photos
        )
        stock = _answers(file, photos)
        right, agrees = (
            [(a.argmax(1) == labels) for a in (ours, stock)],
            [(a.argmax(1) == original.argmax(1)) for a in (ours, stock)],
        )
        for name, (mine, theirs) in {"accuracy": right, "agreement with the original": agrees}.items():
            low, high = paired_drop_interval(int((theirs & ~mine).sum()), int((mine & ~theirs).sum()), count, 0.95)
            parts = (
                f"edgekit {mine.mean():.3f}, stock {theirs.mean():.3f}, drop [{low:+.3f}, {high:+.3f}], "
                f"SQNR {_sqnr(original, ours):.1f} and {_sqnr(original, stock):.1f} dB"
            )
            figures.append(
                Figure(
                    name=f"tflite-{precision}, {name}: lower end of the drop against stock",
                    goal=0.0,
                    ratio=low,
                    parts=parts,
                    floor=f"{count} photos",
                )
            )
    return figures


def _answers(model: Any, photos: dict[str, Any]) -> Any:
    path = Path(model) if isinstance(model, str | Path) else model
    with open_session(path) as session:
        names = {spec.name for spec in session.contract.inputs}
        value = next(iter(photos.values()))
        runs = [session.run(**dict.fromkeys(names, value[i : i + 1])) for i in range(len(value))]
    return np.concatenate([next(iter(run.values())) for run in runs])


def _sqnr(reference: Any, candidate: Any) -> float:
    return float(10 * np.log10((reference**2).sum() / ((reference - candidate) ** 2).sum()))
