"""A GPU is believed only where LiteRT's log names the adapter that it took."""

from __future__ import annotations

import os
from typing import Any

import pytest

from edgekit.remote.shim.errors import DelegateRefused
from edgekit.remote.shim.gpu import SPLIT, GpuModel, _logged

ADAPTER = "INFO: Selected adapter: NVIDIA H100, arch=hopper\n"


def checked(model: Any, log: str) -> None:
    gpu = GpuModel.__new__(GpuModel)
    gpu.model = model
    gpu._check(log)


def test_only_litert_has_it() -> None:
    with pytest.raises(DelegateRefused, match="the GPU needs LiteRT"):
        GpuModel("tflite_runtime.interpreter", "unread.tflite", "fp16")


def test_without_an_adapter_it_ran_on_the_cpu() -> None:
    checked(object(), ADAPTER)
    for log in ("", "INFO: no adapter was selected\n"):
        with pytest.raises(DelegateRefused, match="LiteRT found no GPU"):
            checked(object(), log)


@pytest.mark.parametrize(
    ("log", "reason"),
    [
        ("Operators not supported by GPU delegate:\nSIN: no shader\n", "SIN: no shader"),
        ("Failed to create the model: out of memory\n", "out of memory"),
        ("", "it failed"),
    ],
)
def test_why_it_does_not_take_a_model(log: str, reason: str) -> None:
    with pytest.raises(DelegateRefused, match=f"the GPU does not take the model: {reason}$"):
        checked(RuntimeError("it failed\nsomewhere"), ADAPTER + log)


def test_how_much_the_cpu_is_left_with() -> None:
    split = SPLIT.search("3 operations will run on the GPU, and the remaining 2 operations will run on the CPU.")
    assert split is not None
    assert split.groups() == ("3", "2")
    assert SPLIT.search("all operations will run on the GPU") is None


def test_what_native_code_writes_is_read_and_errors_are_returned(capfd: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        os.write(2, b"from \xff native code")
        raise ValueError("no")

    error, log = _logged(fail)
    assert isinstance(error, ValueError)
    assert log == "from \N{REPLACEMENT CHARACTER} native code"
    assert _logged(lambda: 7) == (7, "")
    assert capfd.readouterr().err == ""
