"""Parity and latency as people read them: warnings stay, a device that failed has its reason, no number is made up."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from edgekit.cli.output.measured import Failure, comparisons, latencies, latency, parities, parity
from edgekit.documents.bench import BenchReport
from edgekit.documents.delegation import Delegation
from edgekit.documents.parity import ComparisonsReport, OutputErrors, ParityReport
from edgekit.system.printable import NOT_MEASURED
from tests.report.conftest import make_artifact

STATE = {"celsius": None, "mhz": None, "throttled": None}
BENCH = BenchReport.from_json(
    {
        "variant": "tflite-int8",
        "device": "host",
        "delegate": None,
        "threads": 2,
        "cpus": None,
        "runs": 50,
        "runtime": "litert",
        "delegation": None,
        "fallback": None,
        "load_ms": 3.0,
        "first_ms": 4.0,
        "latency_ms": {"min": 1.0, "p50": 2.5, "p90": 3.5, "p99": 9.5, "mean": 2.6},
        "peak_rss_bytes": None,
        "measured_on": "x86_64, 2 cores",
        "before": STATE,
        "after": STATE,
    }
)
DELEGATION = Delegation(nodes=4, total=6, partitions=2, proof="the runtime says so")
FAILURE = Failure(device="ssh://pi@raspberrypi", error="it does not answer")


def report(verdict: str = "pass", **changes: Any) -> ParityReport:
    document = make_artifact("tflite-int8", verdict, drop=0.01, error=0.1, worst=[])["parity"]
    return replace(ParityReport.from_json(document), **changes)


def said(capsys: pytest.CaptureFixture[str]) -> str:
    """Return what was printed, as one line."""
    return " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(("verdict", "mark"), [("pass", "pass"), ("fail", "FAIL"), ("inconclusive", "inconclusive")])
def test_the_verdict_stands_first(verdict: str, mark: str, capsys: pytest.CaptureFixture[str]) -> None:
    parity(report(verdict))
    assert capsys.readouterr().out.startswith(f"tflite-int8 on litert, host: {mark}\n")


def test_scores_and_warnings_are_all_said(capsys: pytest.CaptureFixture[str]) -> None:
    parity(report(warnings=("12 samples were left out",)))
    printed = said(capsys)
    assert "accuracy: original 0.850, artifact 0.840" in printed
    assert "agreement: 1.000 [0.980, 1.000]" in printed
    assert "answers: 1 from right to wrong, 1 from wrong to right" in printed
    assert "warning: 12 samples were left out" in printed


def test_against_an_older_release_no_original_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    parity(report(against="old.edgekit"))
    printed = said(capsys)
    assert "accuracy: older release 0.850" in printed
    assert "original" not in printed


def test_errors_that_nobody_knows_are_no_zeros(capsys: pytest.CaptureFixture[str]) -> None:
    unknown = OutputErrors(max_abs=None, mean_abs=None, rmse=None, sqnr_db=None, cosine_min=None, histogram=None)
    parity(report(outputs={"scores": unknown}, task=None))
    row = next(line.split() for line in capsys.readouterr().out.splitlines() if "scores" in line)
    assert row == ["scores", *[NOT_MEASURED] * 5]


def test_of_several_devices_each_has_a_row(capsys: pytest.CaptureFixture[str]) -> None:
    delegated = report(device="adb:1", delegate="gpu", delegation=DELEGATION, warnings=("it is warm",))
    parities([report(), delegated, FAILURE])
    printed = said(capsys)
    assert "host pass litert 100.0" in printed
    assert "litert, gpu 4/6" in printed
    assert "ssh://pi@raspberrypi ? it does not answer" in printed
    assert "adb:1: warning: it is warm" in printed
    parities([report()])
    assert "warning" not in said(capsys)


def test_of_several_artifacts_each_has_a_row_and_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    entry = {**report(warnings=("it is warm",)).to_json(), "artifact": "build/a/model.onnx"}
    failure = {"artifact": "build/b", "device": "host", "error": "it does not load"}
    comparisons(ComparisonsReport.from_json({"comparisons": [entry], "failures": [failure]}))
    printed = said(capsys)
    assert "a/model.onnx pass litert" in printed
    assert "a/model.onnx: warning: it is warm" in printed
    assert "b ? host" in printed
    assert "b: it does not load" in printed
    comparisons(ComparisonsReport.from_json({"comparisons": [{**entry, "warnings": []}]}))
    assert "warning" not in said(capsys)


def test_latency_names_its_percentiles_and_the_machine(capsys: pytest.CaptureFixture[str]) -> None:
    latency(BENCH)
    printed = said(capsys)
    assert "tflite-int8 on litert, 2 thread(s), 50 runs min 1 p50 2.5 p90 3.5 p99 9.5 mean 2.6 ms" in printed
    assert "peak memory 0" not in printed
    assert printed.endswith("measured on x86_64, 2 cores; other machines differ")


def test_what_the_cpu_ran_in_a_delegates_place_is_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    latency(replace(BENCH, fallback="no GPU answers"))
    assert "warning: the CPU ran it: no GPU answers" in said(capsys)
    latencies([replace(BENCH, fallback="no GPU answers"), BENCH])
    assert said(capsys).count("host: warning: the CPU ran it: no GPU answers") == 1


def test_a_device_that_got_hot_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    before = replace(BENCH.before, celsius=40.0, mhz=1500.0)
    after = replace(BENCH.after, celsius=81.0, throttled=True)
    latency(replace(BENCH, before=before, after=after))
    printed = said(capsys)
    assert "40 degrees Celsius before, 81 after; the device holds its clock down" in printed
    assert "MHz" not in printed  # afterwards it did not tell
    latency(BENCH)
    assert "before" not in said(capsys)


def test_latencies_of_several_devices(capsys: pytest.CaptureFixture[str]) -> None:
    latencies([replace(BENCH, delegate="gpu", delegation=DELEGATION), FAILURE])
    printed = said(capsys)
    assert "litert, gpu 4/6 2.5 3.5 9.5" in printed
    assert "it does not answer" in printed
