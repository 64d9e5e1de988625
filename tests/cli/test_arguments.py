"""Commands that are known are parsed; others are refused with the nearest one."""

from __future__ import annotations

import pytest

from edgekit.cli.arguments import parser


def test_a_command_and_its_options() -> None:
    arguments = parser().parse_args(["run", "flowers.toml", "--out", "build", "--json"])
    assert (arguments.command, arguments.recipe, arguments.out, arguments.json) == (
        "run",
        "flowers.toml",
        "build",
        True,
    )
    assert not arguments.offline


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["rum", "flowers.toml"], "did you mean 'run'"),
        (["run"], "the following arguments are required: recipe"),
        (["run", "flowers.toml"], "the following arguments are required: --out"),
    ],
)
def test_usage_errors_exit_with_2(words: list[str], reason: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_code:
        parser().parse_args(words)
    assert exit_code.value.code == 2
    message = capsys.readouterr().err
    assert reason in message
    assert "try: edgekit" in message


def test_every_command_takes_what_all_take() -> None:
    (commands,) = [action for action in parser()._actions if action.dest == "command"]
    assert isinstance(commands.choices, dict)
    for command in commands.choices.values():
        assert {"--json", "--debug", "--offline"} <= set(command._option_string_actions)
