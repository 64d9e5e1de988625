"""Phones as adb tells of them: which one is meant, and what is said where it is not to be had."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from edgekit.adapters.device import Address
from edgekit.errors import ReachError, SessionError
from edgekit.remote import adb
from edgekit.remote.adb import Phone, find_phone, phone_of, phones

LIST = "List of devices attached\n"


def tool(folder: Path, text: str) -> str:
    """Write an adb of a few lines of shell."""
    path = folder / "adb"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def listing(folder: Path, text: str, *, code: int = 0) -> str:
    (folder / "listing").write_text(text)
    return tool(folder, f"cat {folder}/listing; exit {code}")


def test_phones_and_their_states(tmp_path: Path) -> None:
    text = f"* daemon started\n{LIST}R58\tdevice\nemulator-5554\tno permissions (user in plugdev); see\n\n"
    assert phones(listing(tmp_path, text)) == {"R58": "device", "emulator-5554": "no permissions"}
    assert phones(listing(tmp_path, LIST)) == {}


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("", 0, "adb devices failed: it said nothing"),
        ("adb: error: cannot bind\nmore\n", 1, "adb devices failed: adb: error: cannot bind"),
        (LIST, 1, "adb devices failed"),
        (f"{LIST}R58 device\n", 0, "says what is not known: R58 device"),
    ],
)
def test_a_list_that_is_none(text: str, code: int, message: str, tmp_path: Path) -> None:
    with pytest.raises(ReachError, match=message):
        phones(listing(tmp_path, text, code=code))


@pytest.mark.parametrize(
    ("text", "target", "message"),
    [
        ("", "", "finds no phone"),
        ("", "R58", r"adb knows no such phone \(it knows: no phone at all\)"),
        ("A1\tdevice\nB2\tdevice\n", "", "name one of adb:A1, adb:B2"),
        ("A1\tdevice\n", "B2", r"it knows: adb:A1"),
        ("A1\tunauthorized\n", "", "accept the question on its screen"),
        ("A1\tbootloader\n", "A1", "is 'bootloader' to adb"),
    ],
)
def test_which_phone(text: str, target: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = listing(tmp_path, LIST + text)
    monkeypatch.setattr(shutil, "which", lambda name: path)
    with pytest.raises(ReachError, match=message) as raised:
        find_phone(Address(kind="adb", target=target))
    assert raised.value.device is not None
    listing(tmp_path, f"{LIST}B2\tdevice\n")
    assert find_phone(Address(kind="adb", target=target if target == "B2" else "")).serial == "B2"


def test_without_adb(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(ReachError, match="needs adb: apt-get install adb"):
        find_phone(Address(kind="adb"))


def phone(folder: Path, text: str) -> Phone:
    return Phone(Address(kind="adb", target="R58"), tool(folder, text), "R58")


def test_a_command_is_one_word_for_the_phone_s_shell(tmp_path: Path) -> None:
    printed = phone(tmp_path, 'printf "%s|" "$@"').shell("echo", "a b", "$(reboot)", "")
    assert printed == "-s|R58|shell|echo 'a b' '$(reboot)' ''|"


def test_what_failed_there_is_told_in_a_line(tmp_path: Path) -> None:
    with pytest.raises(ReachError, match="adb:R58: ls failed: error: device 'R58' not found"):
        phone(tmp_path, "echo one; echo \"error: device 'R58' not found\" >&2; echo last >&2; exit 1").shell("ls")
    with pytest.raises(ReachError, match=r"adb:R58: ls failed: last$"):
        phone(tmp_path, "echo first; echo last; exit 1").shell("ls")


def test_what_is_there_already_is_not_sent_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adb, "FOLDER", str(tmp_path / "phone"))
    (tmp_path / "phone").mkdir()
    local = phone(tmp_path, 'shift 2; case "$1" in shell) sh -c "$2" ;; push) cp "$2" "$3" ;; esac')
    path = local.keep(b"model")
    assert Path(path).read_bytes() == b"model"
    assert Path(path).name == hashlib.sha256(b"model").hexdigest()
    assert (local.keep(b"model"), local.sent) == (path, 5)
    assert not local.has(f"{path}.new")
    monkeypatch.setattr(adb, "MOST", 1)
    newer = local.keep(b"another")
    assert (local.has(newer), local.has(path)) == (True, False)


def test_a_folder_that_is_none_of_ours_is_not_deleted(tmp_path: Path) -> None:
    with (
        pytest.raises(ReachError, match="adb:R58: mktemp said '/sdcard'"),
        phone(tmp_path, 'case "$*" in *" -r "*) echo > removed ;; *) echo /sdcard ;; esac').folder(),
    ):
        pass
    assert not (tmp_path / "removed").exists()


def test_another_device_is_no_phone(tmp_path: Path) -> None:
    local = phone(tmp_path, "exit 0")
    assert phone_of(local) is local
    board: Any = SimpleNamespace(address=Address(kind="ssh", target="//board"))
    with pytest.raises(SessionError, match="ssh://board is no phone"):
        phone_of(board)
