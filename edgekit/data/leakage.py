"""Samples that trained or calibrated a model: remembered by content, so that they do not judge it.

Files, texts and rows of arrays are told again by their content. A photo is not told in an array that was made of it.
"""

from __future__ import annotations

import json
from pathlib import Path

from edgekit.data.samples import Samples
from edgekit.errors import ModuleError
from edgekit.system.digests import value_digest
from edgekit.system.files import write_json

SEEN_FILE = "seen.json"

Seen = frozenset[str]
"""Digests of contents."""


def seen_of(samples: Samples) -> Seen:
    """Return what tells these samples again."""
    return frozenset(_id(samples, index) for index in range(len(samples)))


def save_seen(folder: Path, samples: Samples) -> None:
    """Remember the samples that trained the model in ``folder``."""
    write_json(folder / SEEN_FILE, sorted(seen_of(samples)))


def load_seen(folder: Path) -> Seen:
    """Return what `save_seen` kept; nothing for a model that was not tuned here.

    Raises:
        ModuleError: The file is damaged.
    """
    if not (folder / SEEN_FILE).is_file():
        return frozenset()
    try:
        return frozenset(str(item) for item in json.loads((folder / SEEN_FILE).read_text()))
    except (OSError, ValueError, TypeError) as error:
        raise ModuleError(f"cannot read {folder / SEEN_FILE}: {error}") from error


def unseen(samples: Samples, digests: Seen) -> Samples:
    """Return those of the samples that were not seen."""
    if not digests:
        return samples
    indices = [index for index in range(len(samples)) if _id(samples, index) not in digests]
    return samples if len(indices) == len(samples) else samples.take(indices)


def _id(samples: Samples, index: int) -> str:
    return value_digest(samples.content(index)).short()
