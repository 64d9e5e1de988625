"""Write the data of photo_and_text.toml: each flower photo with a sentence of a review, and both to be told.

    python examples/photo_and_text.py PHOTOS REVIEWS OUT

PHOTOS is a folder of class folders, REVIEWS a CSV with the columns ``text`` and ``label``. OUT gets ``train.csv`` and
``held_out.csv``; no photo and no sentence is in both.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np

HELD_OUT = 0.3
SENTENCES = 4
"""Sentences per photo."""


def main(photos: Path, reviews: Path, out: Path) -> None:
    """Pair photos and sentences, and write both halves."""
    generator = np.random.default_rng(0)
    files = [file for file in sorted(photos.glob("*/*")) if file.is_file()]
    with reviews.open(newline="", encoding="utf-8") as file:
        sentences = list(csv.DictReader(file))
    generator.shuffle(files)
    generator.shuffle(sentences)
    cut = round(len(files) * HELD_OUT)
    out.mkdir(parents=True, exist_ok=True)
    for name, part in (("held_out", files[:cut]), ("train", files[cut:])):
        with (out / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["image", "text", "label"])
            for photo in part:
                for _ in range(SENTENCES):
                    review = sentences.pop()
                    label = f"{photo.parent.name}, {review['label']}"
                    writer.writerow([photo.resolve(), review["text"], label])


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*(Path(argument) for argument in sys.argv[1:]))
