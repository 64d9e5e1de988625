"""The shim is one archive, with the same bytes each time."""

from __future__ import annotations

import io
import zipfile
from importlib import resources

from edgekit.remote.shim_archive import shim_archive


def test_the_same_bytes_each_time() -> None:
    first = shim_archive()
    shim_archive.cache_clear()
    assert shim_archive() == first
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_it_holds_each_module_and_nothing_else() -> None:
    folder = resources.files("edgekit.remote.shim")
    sources = {file.name: file.read_bytes() for file in folder.iterdir() if file.name.endswith(".py")}
    with zipfile.ZipFile(io.BytesIO(shim_archive())) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    assert contents == {f"edgekit_shim/{name}": content for name, content in sources.items()}
    assert "edgekit_shim/serve.py" in contents
