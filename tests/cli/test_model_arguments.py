"""Every command that takes a model or data takes all that may be said of them."""

from __future__ import annotations

import argparse

import pytest

from edgekit.cli.arguments import parser
from edgekit.cli.model_arguments import add_size

STATED = {"size", "labels", "signature", "trust", "imports", "root"}


def commands() -> dict[str, argparse.ArgumentParser]:
    (choices,) = (action.choices for action in parser()._actions if isinstance(action, argparse._SubParsersAction))
    return dict(choices)


def destinations(command: argparse.ArgumentParser) -> set[str]:
    return {action.dest for action in command._actions}


def test_what_takes_a_model_takes_all_that_is_said_of_it() -> None:
    taking = {name for name, command in commands().items() if destinations(command) >= STATED}
    assert taking == {"inspect", "convert", "debug", "parity", "bundle", "predict"}
    assert {name for name, command in commands().items() if "range" in destinations(command)} == taking - {"inspect"}


def test_data_may_be_read_without_what_is_broken() -> None:
    with_data = {name for name, command in commands().items() if "data" in destinations(command)}
    assert with_data == {"inspect", "convert", "debug", "parity", "bundle"}
    assert {name for name, command in commands().items() if "skip_bad" in destinations(command)} == with_data


def test_a_size_is_two_whole_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    command = argparse.ArgumentParser()
    add_size(command)
    assert command.parse_args(["--size", "12", "16"]).size == [12, 16]
    with pytest.raises(SystemExit):
        command.parse_args(["--size", "12", "1.5"])
    assert "invalid int value" in capsys.readouterr().err
