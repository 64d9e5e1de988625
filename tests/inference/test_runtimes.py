"""Which runtime runs a file: by the environment, the format, the delegate, and what is installed."""

from __future__ import annotations

import pytest

from edgekit.adapters.delegate import parse_delegate
from edgekit.adapters.device import PHONE, PROCESS, PYTHON
from edgekit.adapters.runtime import runtimes
from edgekit.errors import DelegateError, EdgekitError, MissingExtraError, SessionError
from edgekit.inference import runtimes as choice
from edgekit.inference.runtimes import default_runtime, require_environment, require_for


def test_environments_tell_runtimes_apart() -> None:
    assert "savedmodel" in runtimes(PROCESS)
    assert "savedmodel" not in runtimes(PYTHON)
    assert list(runtimes(PHONE)) == ["benchmark_model"]


def test_the_preferred_one_that_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert default_runtime("tflite") == "litert"
    monkeypatch.setattr(choice, "is_installed", lambda package: package == "tflite-runtime")
    assert default_runtime("tflite") == "tflite_runtime"
    with pytest.raises(MissingExtraError, match="running a onnx model needs onnxruntime"):
        default_runtime("onnx")
    with pytest.raises(EdgekitError, match="no runtime runs text"):
        default_runtime("text")


def test_a_runtime_runs_where_it_says() -> None:
    require_environment("litert", None)
    with pytest.raises(SessionError, match="benchmark_model does not run in this process: it needs a phone"):
        require_environment("benchmark_model", None)


def test_a_delegate_is_for_its_runtimes() -> None:
    require_for("litert", parse_delegate("gpu"))
    with pytest.raises(
        DelegateError, match="delegate gpu is for litert or benchmark_model, not for onnxruntime"
    ) as raised:
        require_for("onnxruntime", parse_delegate("gpu"))
    assert raised.value.delegate == "gpu"
