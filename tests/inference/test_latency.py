"""Latency: each run counts once, warm-up does not, and times are those that were measured."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgekit.contract.contract import Contract, InputSpec
from edgekit.errors import EdgekitError, ModuleError, SessionError
from edgekit.inference.latency import SENTENCE, _summary, bench, random_inputs
from edgekit.inference.placement import Placement


def test_a_file_is_timed_where_it_runs(sums: Path) -> None:
    report = bench(sums, runs=7)
    latency = report.latency_ms
    assert (report.runs, report.threads, report.device, report.runtime) == (7, 1, "host", "litert")
    assert 0 < latency.min <= latency.p50 <= latency.p90 <= latency.p99
    assert latency.min <= latency.mean <= latency.p99 * 1.5
    assert report.load_ms > 0
    assert report.peak_rss_bytes is not None
    assert report.peak_rss_bytes > 1 << 20
    assert (report.delegate, report.delegation, report.fallback) == (None, None, None)


@pytest.mark.parametrize(("runs", "threads"), [(0, 1), (-1, 1), (1, 0)])
def test_at_least_one_run(runs: int, threads: int, sums: Path) -> None:
    with pytest.raises(EdgekitError, match="have to be at least 1"):
        bench(sums, placement=Placement(threads=threads), runs=runs)


def test_what_cannot_be_opened_is_told_by_its_own_error(sums: Path) -> None:
    with pytest.raises(SessionError, match="onnxruntime does not run tflite"):
        bench(sums, placement=Placement(runtime="onnxruntime"), runs=1)


def test_percentiles_are_of_the_times() -> None:
    times = [5.0, 1.0, 3.0, 2.0, 4.0]
    summary = _summary({"times_ms": times, "peak_rss_bytes": 9})
    assert summary["peak_rss_bytes"] == 9
    assert summary["latency_ms"] == pytest.approx({"min": 1.0, "p50": 3.0, "p90": 4.6, "p99": 4.96, "mean": 3.0})
    single = _summary({"times_ms": [2.5]})["latency_ms"]
    assert set(single.values()) == {2.5}


def test_one_random_sample_that_is_the_same_each_time() -> None:
    specs = (
        InputSpec.of("tensor", name="x", dtype="float32", shape=(None, 3), key="x"),
        InputSpec.of("text", name="text", dtype="string", shape=(None,), key="text"),
        InputSpec.of(
            "tensor",
            name="q",
            dtype="int8",
            shape=(1, 2),
            key="q",
            quantization={"scale": 0.5, "zero_point": 3, "dtype": "int8"},
        ),
    )
    contract = Contract(inputs=specs, outputs=())
    inputs = random_inputs(contract)
    assert {name: values.shape for name, values in inputs.items()} == {"x": (1, 3), "text": (1,), "q": (1, 2)}
    assert inputs["text"].tolist() == [SENTENCE.encode()]
    assert inputs["q"].dtype == np.float32
    assert ((inputs["x"] >= 0) & (inputs["x"] < 1)).all()
    np.testing.assert_array_equal(random_inputs(contract)["x"], inputs["x"])
    assert random_inputs(Contract(inputs=(), outputs=())) == {}


def test_photos_of_any_size_are_measured_at_the_stated_one_alone() -> None:
    photo = InputSpec.of("image", name="x", dtype="float32", shape=(None, None, None, 3), key="x")
    sized = Contract(inputs=(photo.with_settings(size=(8, 6)),), outputs=())
    assert random_inputs(sized)["x"].shape == (1, 8, 6, 3)
    with pytest.raises(ModuleError, match="how long it takes depends on it") as caught:
        random_inputs(Contract(inputs=(photo,), outputs=()))
    assert caught.value.setting == "size"
