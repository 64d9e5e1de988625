"""Errors hold what they are about, take on where they happened, and cross processes whole."""

from __future__ import annotations

import importlib
import pickle
import pkgutil
from pathlib import Path

import pytest

import edgekit
from edgekit.errors import DataError, EdgekitError, MissingExtraError, ModuleError, RecipeError, nearest


def every_class() -> list[type[EdgekitError]]:
    """Return the classes of the tree, those that rooms add to it included."""
    for module in pkgutil.walk_packages(edgekit.__path__, "edgekit."):
        if module.name.endswith(("errors", "processes")):
            importlib.import_module(module.name)
    pending, classes = [EdgekitError], []
    while pending:
        classes.append(pending.pop())
        pending += classes[-1].__subclasses__()
    return classes


def of(kind: type[EdgekitError]) -> EdgekitError:
    if issubclass(kind, MissingExtraError):
        return kind("the report", missing="jinja2", extra="report")
    return kind("it is damaged", path=Path("model.tflite"), setting="range")


@pytest.mark.parametrize("kind", every_class(), ids=lambda kind: kind.__name__)
def test_every_class_crosses_processes_whole(kind: type[EdgekitError]) -> None:
    error = of(kind).within("tflite-int8", variant="tflite-int8")
    error.add_note("a traceback")
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is kind
    assert str(copy) == str(error)
    assert vars(copy) == vars(error)
    assert copy.args == error.args
    assert copy.__notes__ == ["a traceback"]


def test_an_error_whose_class_takes_more_than_a_message_would_not_cross_by_default() -> None:
    """The test above can fail: this is what Python does of itself."""

    class DefaultError(Exception):
        def __init__(self, purpose: str, *, missing: str) -> None:
            super().__init__(f"{purpose} needs {missing}")

    reduced = DefaultError("the report", missing="jinja2").__reduce__()
    with pytest.raises(TypeError, match="missing"):
        reduced[0](*reduced[1])  # type: ignore[operator]  # what a pickle does with it


def test_an_error_holds_what_it_is_about() -> None:
    error = ModuleError("it has changed", handle="gs://modules/small", digest="sha256:0")
    assert (error.handle, error.digest, error.path) == ("gs://modules/small", "sha256:0", None)
    assert str(error) == error.message == "it has changed"


def test_an_error_is_about_nothing_that_is_not_listed() -> None:
    with pytest.raises(TypeError, match="not about colour"):
        DataError("too dark", colour="red")  # type: ignore[call-arg]


def test_callers_add_where_it_happened_and_the_inner_word_counts() -> None:
    error = DataError("too dark", path=Path("photo.jpg")).within("photo.jpg").within("tflite-int8", path=Path("model"))
    assert str(error) == "tflite-int8: photo.jpg: too dark"
    assert error.message == "too dark"
    assert error.path == Path("photo.jpg")
    assert DataError("too dark").within("photo.jpg", path=Path("photo.jpg")).path == Path("photo.jpg")


def test_hints_follow_the_message_in_any_scope() -> None:
    error = DataError("too dark").advise("light a lamp").within("photo.jpg").advise("or use the flash")
    assert str(error) == "photo.jpg: too dark; light a lamp; or use the flash"


def test_a_missing_extra_says_what_brings_it() -> None:
    error = MissingExtraError("the report", missing="jinja2", extra="report")
    assert str(error) == "the report needs jinja2, which is not installed: pip install 'edgekit[report]'"
    assert (error.purpose, error.missing, error.extra, error.exit_code) == ("the report", "jinja2", "report", 4)


def test_bad_input_is_2_and_what_cannot_be_reached_4() -> None:
    codes = {kind.__name__: kind.exit_code for kind in every_class()}
    assert RecipeError.exit_code == 2
    assert {name for name, code in codes.items() if code == 4} == {"DelegateError", "MissingExtraError", "ReachError"}


@pytest.mark.parametrize(
    ("word", "hint"), [("unifrom", "; did you mean 'uniform'?"), ("uniform", "; did you mean 'uniform'?"), ("zzz", "")]
)
def test_the_nearest_word_is_named_only_if_it_is_near(word: str, hint: str) -> None:
    assert nearest(word, ["uniform", "entropy"]) == hint
