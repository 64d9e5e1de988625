"""Each message has one answer: a value, what is refused, or what failed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgekit.remote.shim import serve
from edgekit.remote.shim.arrays import packed, unpacked
from edgekit.remote.shim.errors import DelegateRefused, Refused


class Channel(list[dict[str, Any]]):
    """Messages that wait, and the answers that were sent."""

    def __init__(self, *messages: dict[str, Any]) -> None:
        super().__init__(messages)
        self.answers: list[dict[str, Any]] = []

    def send(self, answer: dict[str, Any]) -> None:
        self.answers.append(answer)


class Doubler:
    """A model that counts its runs."""

    def __init__(self) -> None:
        self.shapes: list[tuple[int, ...]] = []

    def run(self, feeds: dict[str, Any]) -> dict[str, Any]:
        self.shapes.append(feeds["x"].shape)
        return {"y": 2 * feeds["x"]}


def opened(model: Any) -> serve.Models:
    models = serve.Models()
    models.open[0], models.first_ms[0] = model, None
    return models


def answers(*messages: dict[str, Any]) -> list[dict[str, Any]]:
    channel = Channel(*messages)
    serve.serve(channel)
    return channel.answers


def test_no_message_no_answer() -> None:
    assert answers() == []


def test_a_message_that_fails_does_not_end_it() -> None:
    state = {"do": "state", "with": {}}
    failed, value = answers({"do": "nothing", "with": {}}, state)
    assert failed == {"failed": "KeyError: 'nothing'"}
    assert set(value["value"]) == {"celsius", "mhz", "throttled"}


@pytest.mark.parametrize(
    ("error", "answer"),
    [
        (DelegateRefused("takes none"), {"delegate": "takes none"}),
        (Refused("too old"), {"refused": "too old"}),
        (ValueError("first\nsecond"), {"failed": "ValueError: first"}),
        (ValueError(), {"failed": "ValueError: ValueError"}),
    ],
)
def test_errors_are_told_apart(error: Exception, answer: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    def raising() -> None:
        raise error

    monkeypatch.setattr(serve, "state", raising)
    assert answers({"do": "state", "with": {}}) == [answer]


def test_the_first_run_is_timed_once() -> None:
    models = opened(Doubler())
    feeds = {"x": packed(np.array([[1.0], [2.0]], np.float32))}
    assert unpacked(models.run(0, feeds)["y"]).tolist() == [[2.0], [4.0]]
    first = models.first_ms[0]
    assert first is not None
    models.run(0, feeds)
    assert models.first_ms[0] == first


def test_samples_one_at_a_time_come_back_together() -> None:
    model = Doubler()
    outputs = opened(model).run_each(0, {"x": packed(np.array([[1.0], [np.nan], [3.0]], np.float32))})
    np.testing.assert_array_equal(unpacked(outputs["y"]), [[2.0], [np.nan], [6.0]])
    assert model.shapes == [(1, 1)] * 3


@pytest.mark.parametrize(("runs", "warm_up"), [(3, 2), (1, 0)])
def test_runs_to_warm_up_are_not_among_the_times(runs: int, warm_up: int) -> None:
    model = Doubler()
    measured = opened(model).bench(0, {"x": packed(np.zeros((1, 1), np.float32))}, runs, warm_up)
    assert len(measured["times_ms"]) == runs
    assert len(model.shapes) == runs + warm_up
    assert measured["first_ms"] is None
    assert measured["peak_rss_bytes"] > 1 << 20


def test_arrays_in_shared_memory(tmp_path: Path) -> None:
    values = np.arange(6, dtype=np.int16)
    (tmp_path / "memory").write_bytes(bytes(64) + values.tobytes())
    shared = serve.Shared()
    shared.open(str(tmp_path / "memory"))
    location = {"dtype": "int16", "shape": [2, 3], "offset": 64}
    np.testing.assert_array_equal(shared.array(location), values.reshape(2, 3))
    with pytest.raises(ValueError, match="buffer is smaller"):
        shared.array({**location, "offset": 66})


def test_processors_that_are_not_there_are_refused() -> None:
    before = os.sched_getaffinity(0)
    serve.pin(sorted(before))
    with pytest.raises(Refused, match=r"cannot run on the processors \[100000\]"):
        serve.pin([100000])
    assert os.sched_getaffinity(0) == before
