"""Steps of large models go one at a time, are told of before, and are refused where they cannot fit."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from edgekit.conversion.derivation import convert_float
from edgekit.conversion.memory import LARGE, PlannedExecutor
from edgekit.errors import ConversionError

SMALL, BIG = 1_000_000, LARGE // 8


class Steps:
    """Counts how many steps run at a time."""

    def __init__(self) -> None:
        self.lock, self.running, self.most = threading.Lock(), 0, 0

    def run(self) -> None:
        with self.lock:
            self.running += 1
            self.most = max(self.most, self.running)
        time.sleep(0.02)
        with self.lock:
            self.running -= 1


def most_at_a_time(*, weights: int, available: int | None) -> int:
    steps = Steps()
    with ThreadPoolExecutor(4) as children, ThreadPoolExecutor(4) as callers:
        planned = PlannedExecutor(children, weights=weights, available=available)
        for caller in [callers.submit(lambda: planned.submit(steps.run).result()) for _ in range(4)]:
            caller.result()
    return steps.most


def test_large_steps_go_one_at_a_time_and_small_ones_side_by_side() -> None:
    assert most_at_a_time(weights=BIG, available=None) == 1
    assert most_at_a_time(weights=SMALL, available=None) > 1


def test_small_steps_wait_for_memory() -> None:
    assert most_at_a_time(weights=SMALL, available=600_000_000) == 1


def test_what_cannot_fit_is_refused_with_its_need() -> None:
    with ThreadPoolExecutor(1) as children:
        planned = PlannedExecutor(children, weights=528_000_000, available=4_000_000_000)
        with pytest.raises(ConversionError, match=r"528 MB, .* takes about 11.1 GB .* 4.0 GB are free: end other"):
            planned.submit(convert_float, "tflite", None, None)  # type: ignore[arg-type]  # it is never run


def test_a_step_that_fails_gives_its_memory_back() -> None:
    def fail() -> None:
        raise ValueError("damaged")

    with ThreadPoolExecutor(1) as children:
        planned = PlannedExecutor(children, weights=BIG, available=None)
        for _ in range(3):
            with pytest.raises(ValueError, match="damaged"):
                planned.submit(fail).result()


def test_a_large_model_is_told_of_once_and_a_small_one_never(capsys: pytest.CaptureFixture[str]) -> None:
    with ThreadPoolExecutor(1) as children:
        for weights in (SMALL, BIG):
            planned = PlannedExecutor(children, weights=weights, available=64_000_000_000, shows=True)
            for _ in range(3):
                planned.submit(time.time).result()
    told = " ".join(capsys.readouterr().err.split())
    assert told.count("the model is") == 1
    assert "the model is 188 MB: converting it takes up to about 4.2 GB of memory; 64.0 GB are free" in told
