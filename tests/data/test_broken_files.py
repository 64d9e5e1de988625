"""A file that cannot be read is named, with what leaves it out; where it is no data, nothing is said of that."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgekit.cli.remedies import shown
from edgekit.data.broken_files import broken_file
from edgekit.data.photos.files import read_image
from edgekit.data.sound_files import read_sound
from edgekit.errors import DataError


def test_what_leaves_it_out_is_said_by_key_and_by_option() -> None:
    error = broken_file(Path("photos/a.png"), "not an image")
    words = "photos/a.png: not an image; leave such files out, by skip_bad = true under [data] of the recipe"
    assert shown(error) == f"{words}, or by --skip-bad"
    assert error.fact == "photos/a.png: not an image"


def test_every_medium_of_files_says_so(tmp_path: Path) -> None:
    for name, read in (("a.png", read_image), ("a.wav", read_sound)):
        (tmp_path / name).write_bytes(b"broken")
        with pytest.raises(DataError, match=rf"{name}: not an? .*skip_bad = true") as caught:
            read(tmp_path / name)
        assert (caught.value.setting, caught.value.path) == ("skip_bad", tmp_path / name)
