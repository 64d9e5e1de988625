"""Every error that edgekit raises on purpose, in one tree.

    EdgekitError                  exit 2: bad input or usage
    ├── RecipeError               a recipe that cannot be read or makes no sense
    ├── VariantError              a variant that does not exist
    ├── HandleError               a handle that names nothing, or an archive that is not to be trusted
    ├── ModuleError               a module or model that cannot be used as asked
    ├── DataError                 samples that are missing, broken or of the wrong shape
    ├── ConversionError           a converter that refused, failed or died
    ├── FrontEndError             a portable front end that is damaged, cannot be made, or fails on an input
    ├── ArtifactError             a model file that is broken, or not what it claims to be
    │   └── BundleError           a bundle that is damaged, was changed, or lacks what it needs
    ├── SessionError              a runtime that failed while running a model
    ├── OutputError               a place that cannot be written
    └── ReachError                exit 4: something needed is missing or cannot be reached
        ├── DelegateError         a delegate that cannot be loaded, or takes nothing of the model
        └── MissingExtraError     an optional part of edgekit is not installed

A message says what is wrong, where, and what to do next.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


class EdgekitError(Exception):
    """An expected failure, shown to the user without a traceback."""

    exit_code = 2


class RecipeError(EdgekitError):
    """A recipe that cannot be read, or that asks for something that makes no sense."""


class VariantError(EdgekitError):
    """A variant that does not exist."""


class HandleError(EdgekitError):
    """A handle that names nothing, or an archive that is broken or not to be trusted."""


class ModuleError(EdgekitError):
    """A module or model that cannot be used as asked."""


class DataError(EdgekitError):
    """Samples that are missing, broken, or do not fit the model."""


class ConversionError(EdgekitError):
    """A converter that refused the model, failed, or died."""


class FrontEndError(EdgekitError):
    """A portable front end that is damaged, cannot be made of a graph, or fails on an input."""


class ArtifactError(EdgekitError):
    """A model file that is broken, or that is not what it claims to be."""


class BundleError(ArtifactError):
    """A bundle that is damaged, was changed, or lacks what it needs."""


class SessionError(EdgekitError):
    """A runtime that failed while it loaded or ran a model."""


class OutputError(EdgekitError):
    """A place that cannot be written."""


class ReachError(EdgekitError):
    """Something needed is missing or cannot be reached."""

    exit_code = 4


class DelegateError(ReachError):
    """A delegate that cannot be loaded, does not take the model, or takes nothing of it."""


class MissingExtraError(ReachError):
    """An optional part of edgekit is not installed.

    The message is one line: what was asked, what is missing, and the command that brings it.
    """

    def __init__(self, asked: str, *, missing: str, extra: str) -> None:
        super().__init__(f"{asked} needs {missing}, which is not installed: pip install 'edgekit[{extra}]'")
        self._made_of = (asked, missing, extra)

    def __reduce__(self) -> tuple[Any, ...]:
        """Cross processes whole: the default would call the class with the message alone."""
        return _missing_extra, self._made_of


def _missing_extra(asked: str, missing: str, extra: str) -> MissingExtraError:
    return MissingExtraError(asked, missing=missing, extra=extra)


def nearest(word: str, known: Iterable[str]) -> str:
    """Return ``"; did you mean 'x'?"`` for the known word nearest to ``word``, or an empty string."""
    import difflib  # it takes its time to import, and only errors need it

    found = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"; did you mean {found[0]!r}?" if found else ""
