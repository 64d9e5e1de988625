"""NNAPI: Android's own interface to accelerators, deprecated since Android 15.

It is kept for phones that have nothing newer: https://developer.android.com/ndk/guides/neuralnetworks/migration-guide
"""

from __future__ import annotations

from typing import Any

from edgekit.adapters.delegate import Delegate
from edgekit.errors import DelegateError, EdgekitError

RUNTIMES = ("benchmark_model",)
NOTE = "deprecated since Android 15: take gpu, or the vendor's delegate by external"
HELP = ""


def settings(delegate: Delegate) -> dict[str, Any]:
    """Refuse: no interpreter of Python has it."""
    raise DelegateError(f"--delegate {delegate}: NNAPI is on phones only, with --device adb:SERIAL")


def flags(delegate: Delegate) -> list[str]:
    """Return the flags of ``benchmark_model``; the argument names an accelerator of the phone."""
    if delegate.options:
        raise EdgekitError(f"--delegate {delegate}: nnapi has no option {delegate.options[0][0]!r}")
    named = [] if delegate.argument is None else [f"--nnapi_accelerator_name={delegate.argument}"]
    return ["--use_nnapi=true", "--disable_nnapi_cpu=true", *named]
