"""Errors of the library name no option of the command line: here the option that helps is added to what they say."""

from __future__ import annotations

from edgekit.errors import EdgekitError

REMEDIES = {
    "bundle": "{error}: edgekit bundle {error.path} --out FILE",
    "data": "{error}, or --data PATH",
    "golden": "{error}, by --model ORIGINAL and --data SAMPLES",
    "offline": "{error}; leave --offline out to fetch it",
    "range": "{error}, or by --range LOW HIGH",
    "signature": "{error}, or by --signature",
    "trust": "{error}, or --trust {error.digest}",
}
"""By the setting that an error holds: what is shown, where ``error`` is the error and its attributes."""


def shown(error: EdgekitError) -> str:
    """Return an error's message, with the option of the command line that mends it where there is one."""
    if error.setting is None or error.setting not in REMEDIES:
        return str(error)
    return REMEDIES[error.setting].format(error=error)
