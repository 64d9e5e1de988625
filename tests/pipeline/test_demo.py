"""The demo's digits: the module's own are used nowhere else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from edgekit.pipeline.demo import MODULE_SAMPLES, NAMES, SIDE, load_digits, write_demo, write_pictures


def test_digits_that_make_the_module_are_not_among_the_pictures() -> None:
    module, _ = load_digits(stop=MODULE_SAMPLES)
    pictures, digits = load_digits(start=MODULE_SAMPLES)
    assert module.shape == (MODULE_SAMPLES, SIDE, SIDE)
    assert set(digits.tolist()) == set(range(10))
    assert len(module) + len(pictures) == 1797
    digests = {picture.tobytes() for picture in module}
    assert not any(picture.tobytes() in digests for picture in pictures)


def test_pixels_become_squares() -> None:
    pictures, _ = load_digits(stop=3)
    np.testing.assert_array_equal(pictures, pictures[:, ::4, ::4].repeat(4, axis=1).repeat(4, axis=2))
    assert pictures.max() == 255


def test_each_digit_has_its_folder(tmp_path: Path) -> None:
    pictures, digits = load_digits(stop=20)
    write_pictures(tmp_path, pictures, digits)
    for index, digit in enumerate(digits):
        with Image.open(tmp_path / NAMES[digit] / f"{index:04}.png") as image:
            np.testing.assert_array_equal(np.asarray(image), pictures[index])


def test_a_demo_that_is_there_is_kept(tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    recipe = write_demo(tmp_path)
    assert recipe == tmp_path / "source" / "digits.toml"
    assert not recipe.exists()  # the folder is the user's: nothing is written into it
