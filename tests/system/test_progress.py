"""Progress goes to stderr: a line when it ends, where no terminal is; an interrupt is never lost in it."""

from __future__ import annotations

import signal
import threading

import pytest

from edgekit.system import progress as shown
from edgekit.system.progress import interrupts, note, progress, show_traces, silent, trace, warn


def test_a_pipe_gets_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("convert") as advance:
        advance(1, 2, "tflite-fp32")
        advance(2, 2, "tflite-int8")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("convert: 2/2 tflite-int8 (")
    assert captured.err.count("\n") == 1


def test_what_is_not_to_be_shown_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("convert", shows=False) as advance:
        advance(1, 2, "tflite-fp32")
    assert advance is silent
    assert capsys.readouterr().err == ""


def test_an_interrupt_that_was_dropped_is_raised_again() -> None:
    with interrupts(), progress("convert") as advance:
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)  # as in a finalizer, where Python drops it
        with pytest.raises(KeyboardInterrupt):
            advance(1, 2, "")


def test_no_interrupt_is_raised_where_there_was_none() -> None:
    with interrupts(), progress("convert") as advance:
        advance(1, 2, "")


def test_sentences_are_broken_into_lines(capsys: pytest.CaptureFixture[str]) -> None:
    note("word " * 40)
    warn("careful")
    lines = capsys.readouterr().err.splitlines()
    assert max(len(line) for line in lines) <= 80
    assert lines[-1] == "warning: careful"


def test_traces_are_shown_on_request(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shown, "_traces", threading.Event())
    failure = ValueError("no such op")
    failure.add_note("as the child says")
    trace("tflite-int8", failure)
    assert capsys.readouterr().err == ""
    show_traces()
    trace("tflite-int8", failure)
    text = capsys.readouterr().err
    assert text.startswith("tflite-int8 failed:")
    assert "ValueError: no such op\nas the child says" in text
