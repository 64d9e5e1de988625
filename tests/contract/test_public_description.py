"""What the public metadata says of an input: of what is not said nothing is made up."""

from __future__ import annotations

import pytest

from edgekit.contract.contract import InputSpec
from edgekit.contract.medium import all_media, load_medium
from edgekit.contract.public_description import PublicDescription

IMAGE = InputSpec.of("image", name="x", dtype="float32", shape=(None, 8, 8, 3), key="x", range=(-1.0, 1.0))
AUDIO = InputSpec.of("audio", name="x", dtype="float32", shape=(None, 80), key="x", sample_rate=8000)


def test_of_nothing_known_nothing_is_said() -> None:
    assert PublicDescription() == PublicDescription(content=None, grey=False, mean=(), std=(), sample_rate=None)
    assert not PublicDescription().mean


def test_it_does_not_change() -> None:
    with pytest.raises(AttributeError):
        PublicDescription().content = "image"  # type: ignore[misc]


@pytest.mark.parametrize("spec", [IMAGE, AUDIO], ids=lambda spec: spec.kind)
def test_one_medium_takes_a_description_for_its_own(spec: InputSpec) -> None:
    medium = load_medium(spec.kind)
    description = medium.describe(spec)
    bare = InputSpec.of("tensor", name="x", dtype=spec.dtype, shape=spec.shape, key="x")
    takers = [entry.kind for entry in all_media() if entry.described(bare, description)]
    assert takers == [spec.kind]
    assert all(entry.described(bare, PublicDescription()) is None for entry in all_media())


def test_what_is_described_is_read_back() -> None:
    image, audio = load_medium("image"), load_medium("audio")
    read_back = image.described(IMAGE.of_medium("tensor"), image.describe(IMAGE))
    assert read_back == image.with_defaults(IMAGE)
    assert image.described(IMAGE.of_medium("tensor"), PublicDescription(content="image")) != read_back
    assert audio.described(AUDIO.of_medium("tensor"), audio.describe(AUDIO)) == audio.with_defaults(AUDIO)
