"""Where an artifact is to run: one placement for each device, and what makes no sense is told first."""

from __future__ import annotations

import argparse
from typing import Any

import pytest

from edgekit.cli.commands.placement import placements_of
from edgekit.errors import EdgekitError

PLAIN: dict[str, Any] = {
    "device": None,
    "delegate": None,
    "delegate_option": [],
    "fallback": False,
    "runtime": None,
    "threads": 1,
    "benchmark_model": None,
    "cpus": None,
}


def options(**changes: Any) -> argparse.Namespace:
    return argparse.Namespace(**{**PLAIN, **changes})


def test_without_options_it_runs_here() -> None:
    (placement,) = placements_of(options())
    assert placement.device == "host"
    assert not placement.is_remote
    assert placement.cpus is None


def test_each_device_has_a_placement_of_its_own() -> None:
    placements = placements_of(options(device=["host", "ssh://pi@raspberrypi"], threads=3))
    assert [placement.device for placement in placements] == ["host", "ssh://pi@raspberrypi"]
    assert {placement.threads for placement in placements} == {3}


@pytest.mark.parametrize(
    ("text", "processors"), [("0", (0,)), ("0,1", (0, 1)), ("4-7", (4, 5, 6, 7)), ("0,2-3,2", (0, 2, 3))]
)
def test_processors_are_numbers_and_ranges(text: str, processors: tuple[int, ...]) -> None:
    assert placements_of(options(cpus=text))[0].cpus == processors


@pytest.mark.parametrize("text", ["", "a", "1,", "7-4", "-1", "1-", "0x1", "1--2"])
def test_other_processors_are_refused(text: str) -> None:
    with pytest.raises(EdgekitError, match="say it as numbers and ranges"):
        placements_of(options(cpus=text))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"device": ["host", "host"]}, "--device host is given twice"),
        ({"device": ["hots"]}, "did you mean 'host'?"),
        ({"fallback": True}, "--fallback is for a delegate"),
        ({"benchmark_model": "file"}, "--benchmark-model is for phones"),
        ({"threads": 0}, "--threads is at least 1"),
        ({"delegate": "xnnpak"}, "did you mean 'xnnpack'?"),
    ],
)
def test_what_makes_no_sense_is_told(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(EdgekitError) as caught:
        placements_of(options(**changes))
    assert reason in str(caught.value)
