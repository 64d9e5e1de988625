"""Sessions: what is opened runs, and what cannot run is told before anything else is tried."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgekit.errors import ArtifactError, DelegateError, EdgekitError, MissingExtraError, SessionError
from edgekit.inference import sessions
from edgekit.inference.sessions import FrontedSession, open_session
from edgekit.models.artifact import load_artifact

X = np.array([[0.5, -1.0, 2.0, 0.0]], np.float32)
FIRST = (X + X * X) * X


def test_a_bare_file_runs(sums: Path) -> None:
    for model in (sums, str(sums), load_artifact(sums)):
        with open_session(model) as session:
            np.testing.assert_allclose(session.run(x=X)["y"], np.sin(FIRST) + FIRST, atol=1e-5)
            assert (session.runtime, session.delegation, session.fallback) == ("litert", None, None)


def test_nothing_is_loaded_before_with(sums: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise AssertionError("it was loaded")

    monkeypatch.setattr(sessions, "_open_with", fail)
    opening = open_session(sums)
    with pytest.raises(AssertionError, match="it was loaded"), opening:
        pass


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"delegate_options": ["a=b"]}, EdgekitError, "delegate options are for a delegate"),
        ({"delegate": "gpuu"}, EdgekitError, "no delegate 'gpuu'"),
        ({"runtime": "onnxruntime"}, SessionError, r"onnxruntime does not run tflite \(it runs: onnx\)"),
        ({"runtime": "litertt"}, EdgekitError, "no runtime 'litertt'"),
        ({"device": "nothing:x"}, EdgekitError, "nothing"),
    ],
)
def test_what_makes_no_sense(options: dict[str, Any], error: type[Exception], message: str, sums: Path) -> None:
    with pytest.raises(error, match=message), open_session(sums, **options):
        pass


@pytest.mark.parametrize("content", [b"", b"no model", b"\x1c\0\0\0TFL3"])
def test_what_is_no_model(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "model").write_bytes(content)
    with pytest.raises((ArtifactError, SessionError)), open_session(tmp_path / "model"):
        pass
    with pytest.raises(ArtifactError, match="no artifact at"):
        open_session(tmp_path / "nowhere")


def test_a_runtime_that_is_not_installed(sums: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "is_installed", lambda package: False)
    with pytest.raises(MissingExtraError, match="the runtime litert"), open_session(sums, runtime="litert"):
        pass


def test_a_delegate_falls_back_only_where_that_is_asked_for(sums: Path) -> None:
    library = "external:/nowhere/libnone.so"
    with pytest.raises(DelegateError, match="there is no such file"), open_session(sums, delegate=library):
        pass
    with open_session(sums, delegate=library, fallback=True) as session:
        np.testing.assert_allclose(session.run(x=X)["y"], np.sin(FIRST) + FIRST, atol=1e-5)
        assert session.fallback is not None
        assert "there is no such file" in session.fallback
        assert session.delegation is None


def test_a_front_end_runs_first(sums: Path) -> None:
    class Halves:
        """A front end whose output is half of its input."""

        def run(self, inputs: dict[str, Any]) -> dict[str, Any]:
            return {"x": inputs["x"] / 2}

    with open_session(sums) as core:
        program: Any = Halves()
        session = FrontedSession(program, core, core.contract)
        np.testing.assert_array_equal(session.run(x=2 * X)["y"], core.run(x=X)["y"])
        with pytest.raises(SessionError, match="input 'x' is missing"):
            session.run()
