"""The command that makes shells complete the others: completion."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

from edgekit.cli.arguments import parser
from edgekit.cli.json_output import print_json

FILES = frozenset(
    "against artifact benchmark_model bundle data handle inputs key model out overlay recipe root sign".split()  # noqa: SIM905 - short
)
"""Arguments that are files or folders, by the names that they are kept under."""


def completion(options: argparse.Namespace) -> int:
    """Print a script that completes commands, options and files; the shell runs it once."""
    import shtab  # only this command needs it

    commands = parser()
    for action in _actions(commands):
        if action.dest in FILES:
            setattr(action, "complete", shtab.FILE)  # noqa: B010 - shtab reads it, argparse knows no such attribute
    script = shtab.complete(commands, shell=options.shell)
    if options.json:
        print_json({"shell": options.shell, "script": script})
    else:
        sys.stdout.write(f"{script}\n")
    return 0


def _actions(commands: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """Yield all arguments of all commands."""
    for action in commands._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from _actions(command)
