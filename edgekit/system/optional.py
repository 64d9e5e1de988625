"""Heavy or optional packages, imported where they are used and quiet about it."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import os
import sys
import tempfile
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from edgekit.errors import MissingExtraError


def require(name: str, *, asked: str, extra: str) -> ModuleType:
    """Import the module ``name``, or say which extra brings it.

    Args:
        name: The module's full name.
        asked: What the user asked for, for the message.
        extra: The extra of edgekit that installs the package.

    Raises:
        MissingExtraError: It is not installed.
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise MissingExtraError(asked, missing=(error.name or name).partition(".")[0], extra=extra) from error


def installed_version(package: str) -> str | None:
    """Return the version of an installed package, or None."""
    from importlib import metadata  # it takes as long to import as an interpreter, and few ask

    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def is_installed(package: str) -> bool:
    """Whether a package is installed whose module has its name."""
    return importlib.util.find_spec(package.replace("-", "_")) is not None


def tensorflow(asked: str = "this") -> Any:
    """Import TensorFlow with Keras 2 as ``tf.keras``, without its start-up noise on stderr.

    Raises:
        MissingExtraError: TensorFlow is not installed.
    """
    if "tensorflow" in sys.modules:
        return sys.modules["tensorflow"]
    os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with silenced_stderr():
        module = require("tensorflow", asked=asked, extra="convert")
        module.get_logger().setLevel("ERROR")
    return module


@contextlib.contextmanager
def silenced_stderr() -> Iterator[None]:
    """Hold back what native code writes to file descriptor 2; it is shown if the block fails.

    TensorFlow logs to the descriptor before any setting can stop it, so ``sys.stderr`` is not enough.
    """
    sys.stderr.flush()
    with tempfile.TemporaryFile() as log:
        saved = os.dup(2)
        os.dup2(log.fileno(), 2)
        try:
            yield
        except BaseException as error:
            if not isinstance(error, MissingExtraError):
                log.seek(0)
                os.write(saved, log.read())
            raise
        finally:
            sys.stderr.flush()
            os.dup2(saved, 2)
            os.close(saved)
