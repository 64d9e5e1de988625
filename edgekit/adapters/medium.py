"""The port of media: image, audio, text, tensor; one file each in ``edgekit/data/media``.

It is defined below, in `edgekit.contract.medium`, as contracts and samples ask media too.
"""

from __future__ import annotations

from edgekit.contract.medium import Medium as Medium
from edgekit.contract.medium import load_medium as load_medium
from edgekit.contract.medium import medium_of as medium_of
