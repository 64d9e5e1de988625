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

A message says what is wrong, where, and what to do next. What it is about is held beside it, as attributes, so that
callers add to an error by `EdgekitError.within` and cut no strings, and the command line names the option that helps.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # for checkers alone: Pythons of a bundle's code lack these, and a TypedDict is slow to define
    from typing import Self, TypedDict, Unpack

    class Subjects(TypedDict, total=False):
        """What an error may be about; each is an attribute of the error, None where the error is not about it."""

        path: Path
        """The file or folder that is wrong."""
        handle: str
        """The module or model, as the user named it."""
        digest: str
        """The digest of that module, as it is now."""
        variant: str
        """The variant's spelling, or the artifact's name."""
        input: str
        """The public name of the input."""
        output: str
        """The public name of the output."""
        op: str
        """The op or layer of the model."""
        device: str
        """The device's address."""
        delegate: str
        """The delegate, as the user named it."""
        setting: str
        """The key of recipe or contract that mends it, as ``range``; the command line adds its option of that name."""


class EdgekitError(Exception):
    """An expected failure, shown to the user without a traceback.

    Args:
        message: What is wrong, where, and what to do next; it names no option of the command line.
        subjects: What it is about, as `Subjects` lists it.
    """

    exit_code = 2

    path: Path | None = None
    handle: str | None = None
    digest: str | None = None
    variant: str | None = None
    input: str | None = None
    output: str | None = None
    op: str | None = None
    device: str | None = None
    delegate: str | None = None
    setting: str | None = None

    def __init__(self, message: str, **subjects: Unpack[Subjects]) -> None:
        super().__init__(message)
        self.message = message
        self.scopes: tuple[str, ...] = ()
        self.hints: tuple[str, ...] = ()
        self._hold(subjects)

    def within(self, scope: str, **subjects: Unpack[Subjects]) -> Self:
        """Put in front of the message what the failure happened in, and hold it: ``raise error.within("photo.jpg")``.

        Args:
            scope: A few words or a name, which a colon sets off from the message.
            subjects: What the error is about, where the error does not say so already: its own word counts.
        """
        self.scopes = (scope, *self.scopes)
        self._hold({name: subject for name, subject in subjects.items() if getattr(self, name) is None})
        return self

    def advise(self, hint: str) -> Self:
        """Put behind the message what else to do next; a semicolon sets it off."""
        self.hints = (*self.hints, hint)
        return self

    @property
    def fact(self) -> str:
        """What is wrong and where, without the hints what else to do next."""
        return ": ".join((*self.scopes, self.message))

    def _hold(self, subjects: Any) -> None:
        unknown = subjects.keys() - EdgekitError.__annotations__.keys()
        if unknown:
            raise TypeError(f"an error is not about {', '.join(sorted(unknown))}")
        vars(self).update(subjects)

    def __str__(self) -> str:
        """Return the message, the scopes it was raised in before it and the hints after it."""
        return "; ".join((self.fact, *self.hints))

    def __reduce__(self) -> tuple[Any, ...]:
        """Cross processes whole: the default would call the class with the message alone, whatever it takes."""
        return _restored, (type(self), self.args, vars(self))


def _restored(kind: type[EdgekitError], arguments: tuple[Any, ...], state: dict[str, Any]) -> EdgekitError:
    error = kind.__new__(kind, *arguments)
    vars(error).update(state)
    return error


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

    Attributes:
        purpose: What was asked.
        missing: What is not installed.
        extra: The extra of edgekit that brings it.
    """

    def __init__(self, purpose: str, *, missing: str, extra: str) -> None:
        super().__init__(f"{purpose} needs {missing}, which is not installed: pip install 'edgekit[{extra}]'")
        self.purpose, self.missing, self.extra = purpose, missing, extra


def nearest(word: str, vocabulary: Iterable[str]) -> str:
    """Return ``"; did you mean 'x'?"`` for the entry nearest to ``word``, or an empty string."""
    import difflib  # heavy, and only errors need it

    matches = difflib.get_close_matches(word, list(vocabulary), n=1, cutoff=0.6)
    return f"; did you mean {matches[0]!r}?" if matches else ""
