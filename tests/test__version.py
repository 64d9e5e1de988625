from __future__ import annotations

import re
from importlib import metadata

import edgekit
from edgekit._version import __version__


def test_the_package_and_its_metadata_have_one_version() -> None:
    assert edgekit.__version__ == __version__ == metadata.version("edgekit")
    assert re.fullmatch(r"\d+\.\d+\.\d+", __version__)
