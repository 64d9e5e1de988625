"""The cache: entries appear whole or not at all, and two processes never fill the same one twice."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from edgekit.errors import HandleError, OutputError
from edgekit.system.cache import cache_folder, filled

FILLER = """
import os, sys, time
from pathlib import Path
from edgekit.system.cache import filled

cache, log, fault = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]

def fill(folder):
    with log.open("a") as file:
        file.write("fill\\n")
    (folder / "half").write_text("half")
    if fault == "die":
        os._exit(9)
    time.sleep(0.3)
    (folder / "half").rename(folder / "whole")

entry = filled(cache, "key", fill)
print(sorted(path.name for path in entry.iterdir()))
"""


def filler(cache: Path, log: Path, fault: str = "none") -> subprocess.Popen[str]:
    command = [sys.executable, "-c", FILLER, str(cache), str(log), fault]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def whole(folder: Path) -> None:
    (folder / "whole").write_text("whole")


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"EDGEKIT_CACHE": "/a/own", "XDG_CACHE_HOME": "/b"}, "/a/own"),
        ({"EDGEKIT_CACHE": "~/own"}, "/home/me/own"),
        ({"EDGEKIT_CACHE": "", "XDG_CACHE_HOME": "/b"}, "/b/edgekit"),
        ({"XDG_CACHE_HOME": "relative"}, "/home/me/.cache/edgekit"),
        ({}, "/home/me/.cache/edgekit"),
    ],
)
def test_the_place_of_the_cache(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], expected: str) -> None:
    for name in ("EDGEKIT_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {**variables, "HOME": "/home/me"}.items():
        monkeypatch.setenv(name, value)
    assert cache_folder() == Path(expected)
    assert cache_folder(Path("/given")) == Path("/given")


def test_an_entry_is_filled_once(tmp_path: Path) -> None:
    first = filled(tmp_path, "key", whole, about={"url": "https://hub.example/module"})
    second = filled(tmp_path, "key", lambda folder: pytest.fail("filled twice"))
    assert first == second
    assert (first / "whole").read_text() == "whole"
    assert json.loads((first.parent / "about.json").read_text()) == {"url": "https://hub.example/module"}
    assert filled(tmp_path, "other", whole) != first


def test_an_entry_that_failed_is_absent_and_can_be_tried_again(tmp_path: Path) -> None:
    def fails(folder: Path) -> None:
        whole(folder)
        raise HandleError("damaged")

    with pytest.raises(HandleError, match="damaged"):
        filled(tmp_path, "key", fails)
    assert {path.name for path in (tmp_path / "key").iterdir()} == {"about.json", "lock"}
    assert (filled(tmp_path, "key", whole) / "whole").is_file()


def test_nobody_sees_an_entry_while_it_is_filled(tmp_path: Path) -> None:
    started, go_on = threading.Event(), threading.Event()

    def slow(folder: Path) -> None:
        whole(folder)
        started.set()
        assert go_on.wait(10)

    thread = threading.Thread(target=filled, args=(tmp_path, "key", slow))
    thread.start()
    assert started.wait(10)
    assert not (tmp_path / "key" / "content").exists()
    go_on.set()
    thread.join()
    assert (tmp_path / "key" / "content" / "whole").is_file()


def test_two_processes_fill_an_entry_once(tmp_path: Path) -> None:
    log = tmp_path / "log"
    processes = [filler(tmp_path / "cache", log) for _ in range(2)]
    assert [process.communicate()[0].strip() for process in processes] == ["['whole']"] * 2
    assert log.read_text() == "fill\n"


def test_two_caches_are_filled_apart(tmp_path: Path) -> None:
    """The counter of the test above can count to two."""
    log = tmp_path / "log"
    processes = [filler(tmp_path / f"cache{number}", log) for number in range(2)]
    assert [process.communicate()[0].strip() for process in processes] == ["['whole']"] * 2
    assert log.read_text() == "fill\nfill\n"


def test_a_process_that_died_holds_nobody_up_and_leaves_nothing(tmp_path: Path) -> None:
    dead = filler(tmp_path / "cache", tmp_path / "log", "die")
    dead.communicate()
    assert dead.returncode == 9
    place = tmp_path / "cache" / "key"
    assert len(list(place.glob(".edgekit-*/half"))) == 1
    (place / ".edgekit-file").write_text("half of about.json")
    assert (filled(tmp_path / "cache", "key", whole) / "whole").is_file()
    assert {path.name for path in place.iterdir()} == {"about.json", "content", "lock"}


@pytest.mark.parametrize("key", ["", "..", "a/b", "https://hub.example/m?token=1", ".hidden"])
def test_a_key_is_a_plain_name(tmp_path: Path, key: str) -> None:
    with pytest.raises(ValueError, match="plain file name"):
        filled(tmp_path, key, whole)


def test_a_cache_that_cannot_be_written_says_what_to_set(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="EDGEKIT_CACHE"):
        filled(tmp_path / "file", "key", whole)


def test_a_full_disk_is_an_output_error(tmp_path: Path) -> None:
    def full(folder: Path) -> None:
        raise OSError(28, os.strerror(28))

    with pytest.raises(OutputError, match="No space left"):
        filled(tmp_path, "key", full)
