"""Errors of the library name no option of the command line: here the option that helps is added to what they say."""

from __future__ import annotations

from collections.abc import Collection

from edgekit.errors import EdgekitError

REMEDIES = {
    "against": "{error}, by --against in place of the original",
    "benchmark_model": "{error}, and name the file by --benchmark-model",
    "bind": "{error}, by --bind OURS=THEIRS",
    "bundle": "{error}: edgekit bundle {error.path} --out FILE",
    "code": "{error}; here by --import FILE, or by --trust {error.digest}",
    "data": "{error}, or --data PATH",
    "golden": "{error}, by --model ORIGINAL and --data SAMPLES",
    "labels": "{error}, or by --labels FILE",
    "imports": "{error}, or by --import FILE",
    "offline": "{error}; leave --offline out to fetch it",
    "out": "{error}, by --out",
    "root": "{error}, by --root DIR",
    "pixels": "{error}: leave --range out",
    "range": "{error}, or by --range LOW HIGH",
    "size": "{error}, or by --size HEIGHT WIDTH",
    "fixed_size": "{error}: leave --size out",
    "skip_bad": "{error}, or by --skip-bad",
    "signature": "{error}, or by --signature",
    "trust": "{error}, or --trust {error.digest}",
}
"""By the setting that an error holds: what is shown, where ``error`` is the error and its attributes."""


COMMAND = "edgekit "
PLACES = {"import": "imports"}
"""Where an option is kept whose name is no name in Python."""
SUBJECTS = ("device", "delegate")
"""What an error may be about that an option of its name gives: a message that begins with it gets the option's name."""


def shown(error: EdgekitError, options: Collection[str] | None = None) -> str:
    """Return an error's message, with the option of the command line that mends it where there is one.

    Args:
        error: The error.
        options: Where the command keeps its options, such as ``skip_bad``: it has no others. None: it has all.
    """
    if error.setting in REMEDIES and _is_taken(REMEDIES[error.setting], options):
        return REMEDIES[error.setting].format(error=error)
    for name in SUBJECTS:
        subject = getattr(error, name)
        if subject is not None and str(error).startswith(f"{name} {subject}"):
            return f"--{error}"
    return str(error)


def _is_taken(remedy: str, options: Collection[str] | None) -> bool:
    """Whether a command has the options of a remedy, or the remedy is another command."""
    if options is None or COMMAND in remedy:
        return True
    import re  # startup

    return all(PLACES.get(name, name.replace("-", "_")) in options for name in re.findall("--([a-z-]+)", remedy))
