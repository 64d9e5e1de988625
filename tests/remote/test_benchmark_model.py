"""What ``benchmark_model`` prints is read strictly: what is not as it is known is an error."""

from __future__ import annotations

import pytest

from edgekit.errors import DelegateError, SessionError
from edgekit.remote.benchmark_model import Launch, read_delegation, read_times

WARM = "INFO: count=3 first=5000 curr=4000 min=4000 max=5000 avg=4500 std=400\n"
LAST = "INFO: Inference timings in us: Init: 2500, First inference: 5000, Warmup (avg): 4500, Inference (avg): 1050\n"
ONE = f"{WARM}INFO: count=1 curr=900\n{LAST}"
APPLIED = "INFO: Explicitly applied GPU delegate, and the model graph will be"


@pytest.mark.parametrize(
    ("line", "runs", "times"),
    [
        ("count=2 first=1200 curr=900 min=900 max=1200 avg=1050 std=150 p5=900 median=900 p95=1200", 2, (1.2, 0.9)),
        ("count=2 first=900 curr=1200 min=900 max=1200 avg=1050 std=150", 2, (0.9, 1.2)),
        ("count=2 curr=900(all same) p5=900 median=900 p95=900", 2, (0.9, 0.9)),
        ("count=1 curr=900", 1, (0.9,)),
        ("count=1 curr=1.5e+06", 1, (1500.0,)),
    ],
)
def test_each_time_of_a_launch(line: str, runs: int, times: tuple[float, ...]) -> None:
    read = read_times(f"{WARM}INFO: {line}\n{LAST}", runs)
    assert (read.runs, read.load, read.first, read.peak_bytes) == (times, 2.5, 5.0, None)


def test_the_peak_where_the_phone_tells_it() -> None:
    peak = "Overall peak memory footprint (MB) via periodic monitoring: 1.5\n"
    assert read_times(ONE + peak, 1).peak_bytes == 3 << 19
    assert read_times(ONE + peak.replace("1.5", "nan"), 1).peak_bytes is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no timings in a way that is known; its last line was: nothing"),
        (LAST, "no timings"),
        (WARM, "no timings"),
        (ONE + LAST, "no timings"),
        (ONE.replace("count=1", "count=2"), "2 runs, where 1 were asked for"),
        (ONE.replace("curr=900", "curr=nan"), "3 runs, where 1 were asked for"),
        ("\x1b[31mno\n\n", r"its last line was: \[31mno$"),
    ],
)
def test_another_way_to_say_it(text: str, message: str) -> None:
    assert read_times(ONE, 1).runs == (0.9,)
    with pytest.raises(SessionError, match=message):
        read_times(text, 1)


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        (f"{APPLIED} completely executed by the delegate.\n", (5, 5, 1)),
        (
            "VERBOSE: Replacing 3 out of 6 node(s) with delegate (GpuDelegate)\n"
            f"{APPLIED} partially executed by the delegate w/ 2 delegate kernels.\n",
            (3, 6, 2),
        ),
    ],
)
def test_what_a_delegate_took(text: str, counts: tuple[int, int, int]) -> None:
    delegation = read_delegation(text, 5)
    assert (delegation.nodes, delegation.total, delegation.partitions) == counts
    assert delegation.proof.startswith("benchmark_model says: Explicitly applied GPU delegate")


def test_a_delegate_that_took_nothing_or_does_not_say() -> None:
    refusal = "Though GPU delegate is explicitly applied, the model graph will not be executed by the delegate."
    with pytest.raises(DelegateError, match="benchmark_model says: Though GPU delegate"):
        read_delegation(f"WARNING: {refusal}\n", 5)
    with pytest.raises(SessionError, match="not whether the delegate was applied"):
        read_delegation("", 5)
    with pytest.raises(SessionError, match="not how much the delegate took"):
        read_delegation(f"{APPLIED} partially executed by the delegate w/ 2 delegate kernels.\n", 5)


def test_a_launch_takes_inputs_from_files_and_writes_outputs_or_tells_its_memory() -> None:
    launch = Launch(
        threads=2, runs=1, warm_up=0, shapes={"a": (1, 2), "b": (3,)}, files={"a": "/a", "b": "/b"}, output=None
    )
    command = launch.command("/tool", "/model")
    assert command[:2] == ["/tool", "--graph=/model"]
    assert "--input_layer_shape=1,2:3" in command
    assert "--input_layer_value_files=a:/a,b:/b" in command
    assert command[-1] == "--report_peak_memory_footprint=true"
    writing = Launch(threads=2, runs=1, warm_up=0, shapes={}, files={}, output="/out", delegate=("--use_gpu=true",))
    assert writing.command("/tool", "/model")[-2:] == ["--output_filepath=/out", "--use_gpu=true"]
