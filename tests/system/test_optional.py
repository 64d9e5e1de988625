"""Optional packages: a missing one is a line that says what brings it, and native noise is held back."""

from __future__ import annotations

import os

import pytest

from edgekit.errors import MissingExtraError
from edgekit.system.optional import installed_version, is_installed, require, silenced_stderr


def test_what_is_installed_is_imported() -> None:
    assert require("json", asked="a test", extra="all").loads("1") == 1
    assert installed_version("numpy") is not None
    assert is_installed("numpy")


def test_what_is_missing_names_its_extra() -> None:
    with pytest.raises(MissingExtraError) as caught:
        require("no_such_package.inner", asked="a picture", extra="report")
    assert (caught.value.purpose, caught.value.missing, caught.value.extra) == (
        "a picture",
        "no_such_package",
        "report",
    )
    assert installed_version("no-such-package") is None
    assert not is_installed("no-such-package")


def test_native_noise_is_held_back(capfd: pytest.CaptureFixture[str]) -> None:
    with silenced_stderr():
        os.write(2, b"noise")
    assert capfd.readouterr().err == ""


def test_native_noise_is_shown_if_the_block_fails(capfd: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        with silenced_stderr():
            os.write(2, b"the cause")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert capfd.readouterr().err == "the cause"
