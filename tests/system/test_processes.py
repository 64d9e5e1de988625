from __future__ import annotations

import os
import pickle
import subprocess
import sys
import time
from pathlib import Path

import pytest

from edgekit.errors import MissingExtraError
from edgekit.system.optional import tensorflow
from edgekit.system.processes import BLAS_THREADS, ChildDiedError, ChildExecutor


def test_results_and_errors_come_back() -> None:
    with ChildExecutor(2) as children:
        assert children.submit(pow, 2, 5).result() == 32
        with pytest.raises(ValueError, match="invalid literal"):
            children.submit(int, "x").result()


def test_a_child_that_dies_says_how_and_the_others_go_on() -> None:
    with ChildExecutor(2) as children:
        dead, alive = children.submit(os.abort), children.submit(pow, 2, 2)
        with pytest.raises(ChildDiedError, match="died of SIGABRT"):
            dead.result()
        assert alive.result() == 4
        assert children.submit(pow, 3, 2).result() == 9


def test_the_end_of_its_stderr_is_in_the_message() -> None:
    with ChildExecutor(1) as children, pytest.raises(ChildDiedError, match=r"SIGKILL.*the last words"):
        children.submit(os.system, "echo the last words >&2; kill -9 $PPID").result()


def test_a_child_that_takes_too_long_is_stopped() -> None:
    with ChildExecutor(1, timeout=0.5) as children, pytest.raises(ChildDiedError, match=r"no answer within 0\.5 s"):
        children.submit(time.sleep, 60).result()


def test_a_fresh_child_shares_no_memory_with_this_process() -> None:
    with ChildExecutor(1, fresh=True) as children:
        assert children.submit(os.getpid).result() != os.getpid()


def test_a_script_without_a_main_guard(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "from edgekit.system.processes import BLAS_THREADS, ChildExecutor\nprint('once')\n"
        "with ChildExecutor(1) as children:\n    print(children.submit(pow, 2, 3).result())\n"
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "once\n8\n"


def _fail_beside_a_child() -> None:
    with ChildExecutor(1) as children:
        children.submit(time.sleep, 60)
        time.sleep(0.5)
        raise RuntimeError("stop")


def test_nothing_is_left_behind_on_an_error() -> None:
    started = time.monotonic()
    with pytest.raises(RuntimeError, match="stop"):
        _fail_beside_a_child()
    assert time.monotonic() - started < 30


def test_a_missing_extra_crosses_processes() -> None:
    error = pickle.loads(pickle.dumps(MissingExtraError("this", missing="that", extra="onnx")))
    assert str(error) == "this needs that, which is not installed: pip install 'edgekit[onnx]'"
    assert error.exit_code == 4


def test_a_users_files_are_not_imported_by_children(demo_run: Path, tmp_path: Path) -> None:
    """A folder of a project may hold a ``random.py``, or a clone called ``edgekit``."""
    import shutil
    import subprocess
    import sys

    (tmp_path / "random.py").write_text("open('imported', 'w')\n")
    (tmp_path / "edgekit").mkdir()
    shutil.copytree(demo_run / "model", tmp_path / "model")
    command = [str(Path(sys.executable).parent / "edgekit"), "convert", "model", "tflite-fp32", "--out", "out"]
    done = subprocess.run(command, check=False, cwd=tmp_path, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "imported").exists()


def visible_gpus() -> str | None:
    tensorflow()  # which had hidden them from the whole process
    return os.environ.get("CUDA_VISIBLE_DEVICES")


@pytest.mark.parametrize(("trains", "expected"), [(False, "-1"), (True, None)])
def test_only_children_that_do_not_train_are_kept_from_gpus(
    trains: bool, expected: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    with ChildExecutor(1, fresh=True, trains=trains) as executor:
        assert executor.submit(visible_gpus).result() == expected
    assert "CUDA_VISIBLE_DEVICES" not in os.environ


def test_a_users_choice_of_gpus_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    with ChildExecutor(1, fresh=True) as executor:
        assert executor.submit(visible_gpus).result() == "1"


def blas_threads() -> str | None:
    return os.environ.get(BLAS_THREADS)


@pytest.mark.parametrize(("choice", "expected"), [(None, "1"), ("2", "2")])
def test_children_have_one_thread_of_linear_algebra_unless_the_user_says_so(
    choice: str | None, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(BLAS_THREADS, raising=False)
    if choice is not None:
        monkeypatch.setenv(BLAS_THREADS, choice)
    with ChildExecutor(1, fresh=True) as executor:
        assert executor.submit(blas_threads).result() == expected
    assert os.environ.get(BLAS_THREADS) == choice
