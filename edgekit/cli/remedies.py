"""Errors of the library name no option of the command line: here the option that helps is added to what they say."""

from __future__ import annotations

from edgekit.errors import EdgekitError

REMEDIES = {
    "benchmark_model": "{error}, and name the file by --benchmark-model",
    "bind": "{error}, by --bind OURS=THEIRS",
    "bundle": "{error}: edgekit bundle {error.path} --out FILE",
    "data": "{error}, or --data PATH",
    "golden": "{error}, by --model ORIGINAL and --data SAMPLES",
    "labels": "{error}, or by --labels FILE",
    "imports": "{error}, by --import FILE",
    "offline": "{error}; leave --offline out to fetch it",
    "out": "{error}, by --out",
    "root": "{error}, by --root DIR",
    "pixels": "{error}: leave --range out",
    "range": "{error}, or by --range LOW HIGH",
    "size": "{error}, or by --size HEIGHT WIDTH",
    "fixed_size": "{error}: leave --size out",
    "signature": "{error}, or by --signature",
    "trust": "{error}, or --trust {error.digest}",
}
"""By the setting that an error holds: what is shown, where ``error`` is the error and its attributes."""


SUBJECTS = ("device", "delegate")
"""What an error may be about that an option of its name gives: a message that begins with it gets the option's name."""


def shown(error: EdgekitError) -> str:
    """Return an error's message, with the option of the command line that mends it where there is one."""
    if error.setting in REMEDIES:
        return REMEDIES[error.setting].format(error=error)
    for name in SUBJECTS:
        subject = getattr(error, name)
        if subject is not None and str(error).startswith(f"{name} {subject}"):
            return f"--{error}"
    return str(error)
