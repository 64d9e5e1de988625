"""The command line: exit codes, and errors that fit on a line.

What can be typed is in `arguments`, what it does in `commands`.

Exit codes: 0 done or passed, 1 a gate failed, 2 bad input or usage, 3 inconclusive, 4 something needed is missing or
cannot be reached, 70 a fault in edgekit itself, 130 interrupted, 143 ended by TERM.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from edgekit.cli.arguments import parser

INTERRUPTED = 130
FAULT = 70
"""What sysexits.h calls EX_SOFTWARE: the software is to blame, and no input."""
RESUMED = ("convert", "demo", "parity", "run", "search")
"""Commands that keep what they did so far."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code."""
    commands = parser()
    options, unknown = commands.parse_known_args(arguments)
    if unknown:
        return _unknown(unknown, options.command)
    if options.version:
        from edgekit._version import __version__  # startup

        sys.stdout.write(f"edgekit {__version__}\n")
        return 0
    if options.command is None:
        commands.print_help()
        return 2
    return _guarded(options)


def _unknown(words: Sequence[str], command: str | None) -> int:
    """Refuse what a command does not take, and say where it says what it takes."""
    sys.stderr.write(f"edgekit: unrecognized arguments: {' '.join(words)}\n")
    sys.stderr.write(f"try: edgekit {command} --help\n" if command else "try: edgekit --help\n")
    return 2


def _guarded(options: argparse.Namespace) -> int:
    """Run a command; an expected failure is a line on stderr, an unexpected one says how to see more."""
    from edgekit.cli.remedies import shown  # startup
    from edgekit.errors import EdgekitError  # startup

    os.environ["PYTHONSAFEPATH"] = "1"  # child processes import nothing from the folder that the command runs in
    if options.offline:
        os.environ["EDGEKIT_OFFLINE"] = "1"  # children too
    try:
        from edgekit.cli.commands import command  # startup
        from edgekit.system.progress import interrupts, show_traces  # startup

        if options.debug:
            show_traces()
        with interrupts():
            return command(options.command)(options)
    except EdgekitError as error:
        if options.debug:
            raise
        return _failed(options, shown(error, vars(options)), error.exit_code)
    except KeyboardInterrupt:
        again = "; run the same command again to go on where it stopped" if options.command in RESUMED else ""
        return _failed(options, f"interrupted{again}", INTERRUPTED)
    except BrokenPipeError:
        sys.stderr.close()  # the reader went away: nothing is left to say, to anyone
        return 0
    except Exception as error:
        if options.debug:
            raise
        return _failed(options, _fault(error), FAULT)


def _fault(error: Exception) -> str:
    """Say that edgekit itself is to blame, and how to report it."""
    from edgekit._version import __version__  # startup
    from edgekit.system.printable import reason_of  # startup

    kind = type(error).__name__
    line = reason_of(error)
    cause = kind if line == kind else f"{kind}: {line}"
    return (
        f"a fault in edgekit {__version__} itself, not in your input: {cause}; please report it with what the same "
        f"command prints with --debug, and with what edgekit doctor says"
    )


def _failed(options: argparse.Namespace, message: str, code: int) -> int:
    from edgekit.system.progress import note, say  # startup

    (note if sys.stderr.isatty() else say)(f"edgekit: {message}")  # a pipe gets one line
    if options.json:
        from edgekit.cli.json_output import print_json  # startup

        print_json({"error": message, "exit_code": code})
    return code
