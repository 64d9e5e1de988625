"""A fault in edgekit itself is told from bad input: it has an exit code of its own, and says how to report it."""

from __future__ import annotations

import json

import pytest

from edgekit.cli.commands import devices
from edgekit.cli.main import FAULT, INTERRUPTED, main
from edgekit.errors import EdgekitError


def seed(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def command(options: object) -> int:
        raise error

    monkeypatch.setattr(devices, "devices", command)


@pytest.mark.parametrize(
    "error", [KeyError("parity"), ValueError(""), RuntimeError("lines\nand lines"), AssertionError()]
)
def test_a_fault_exits_with_70_and_says_how_to_report_it(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seed(monkeypatch, error)
    assert main(["devices", "--json"]) == FAULT == 70
    captured = capsys.readouterr()
    line = " ".join(captured.err.split())
    assert type(error).__name__ in line
    assert "please report it" in line
    assert "--debug" in line
    assert "Traceback" not in captured.err
    assert json.loads(captured.out)["exit_code"] == 70


def test_debug_shows_where_the_fault_is(monkeypatch: pytest.MonkeyPatch) -> None:
    seed(monkeypatch, KeyError("parity"))
    with pytest.raises(KeyError):
        main(["devices", "--debug"])


def test_bad_input_is_no_fault(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    seed(monkeypatch, EdgekitError("no such device"))
    assert main(["devices"]) == 2
    assert "report" not in capsys.readouterr().err


def test_an_interrupt_exits_with_130(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    seed(monkeypatch, KeyboardInterrupt())
    assert main(["devices"]) == INTERRUPTED == 130
    assert "interrupted" in capsys.readouterr().err
