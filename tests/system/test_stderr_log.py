"""What was written to stderr since is read back where it is a file, as in a child process."""

from __future__ import annotations

import os
from pathlib import Path

from edgekit.system.stderr_log import log_end, written_since


def test_what_was_written_since(tmp_path: Path) -> None:
    own = os.dup(2)
    log = os.open(tmp_path / "log", os.O_WRONLY | os.O_CREAT)
    try:
        os.dup2(log, 2)
        os.write(2, b"before\n")
        start = log_end()
        os.write(2, b"error: \xff\n")
        text = written_since(start)
    finally:
        os.dup2(own, 2)
        os.close(own)
        os.close(log)
    assert text == "error: \N{REPLACEMENT CHARACTER}\n"


def test_a_pipe_keeps_nothing() -> None:
    reader, writer = os.pipe()
    own = os.dup(2)
    try:
        os.dup2(writer, 2)
        start = log_end()
    finally:
        os.dup2(own, 2)
        for descriptor in (own, reader, writer):
            os.close(descriptor)
    assert start is None
    assert written_since(start) == ""
