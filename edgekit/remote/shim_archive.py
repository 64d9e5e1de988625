"""The shim as it is sent to a device: a zip that Python imports from, with the same bytes each time."""

from __future__ import annotations

import functools
import io
import zipfile
from importlib import resources


@functools.cache
def shim_archive() -> bytes:
    """Return what runs on a device: the files of `edgekit.remote.shim`, as a zip that Python imports from."""
    archive_bytes = io.BytesIO()
    with zipfile.ZipFile(archive_bytes, "w") as archive:
        files = [file for file in resources.files("edgekit.remote.shim").iterdir() if file.name.endswith(".py")]
        for file in sorted(files, key=lambda file: file.name):
            # The same bytes each time: what was sent once is known by its digest.
            archive.writestr(zipfile.ZipInfo(f"edgekit_shim/{file.name}"), file.read_bytes())
    return archive_bytes.getvalue()
