from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from edgekit.contract.contract import Contract, InputSpec
from edgekit.data.loading import load_samples
from edgekit.data.media.audio import MEDIUM
from edgekit.errors import ModuleError

RATE = 16000


def contract(**changes: Any) -> Contract:
    fields: dict[str, Any] = {"dtype": "float32", "shape": (None, RATE), "sample_rate": RATE} | changes
    return Contract(inputs=(InputSpec.of("audio", name="sound", key="sound", **fields),), outputs=())


def tone(rate: int, seconds: float, hertz: float = 440.0) -> Any:
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(round(rate * seconds)) / rate)).astype(np.float32)


@pytest.mark.parametrize(("suffix", "tolerance"), [("wav", 1e-4), ("flac", 1e-4), ("ogg", 0.05)])
@pytest.mark.parametrize("rate", [8000, 16000, 22050, 44100])
def test_a_sound_of_any_format_and_rate(suffix: str, tolerance: float, rate: int, tmp_path: Path) -> None:
    """The same tone, however it was stored; the ends ring a little, as in every filter."""
    soundfile.write(tmp_path / f"x.{suffix}", tone(rate, 1.0), rate)
    found = MEDIUM.load(tmp_path / f"x.{suffix}", contract().inputs[0])
    assert (found.shape, found.dtype.name) == ((RATE,), "float32")
    middle = slice(RATE // 8, -RATE // 8)
    np.testing.assert_allclose(found[middle], tone(RATE, 1.0)[middle], atol=max(tolerance, 1e-3))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sample_rate": None}, r"sample_rate = 16000 under \[inputs\.sound\]"),
        ({"shape": (None, None)}, "seconds = 1.0"),
    ],
)
def test_what_is_not_known_is_asked_for(changes: dict[str, Any], message: str, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "x.wav", tone(RATE, 0.1), RATE)
    with pytest.raises(ModuleError, match=message):
        MEDIUM.load(tmp_path / "x.wav", contract(**changes).inputs[0])


def test_a_folder_of_sounds(tmp_path: Path) -> None:
    for name, hertz in (("high", 880.0), ("low", 220.0)):
        (tmp_path / name).mkdir()
        soundfile.write(tmp_path / name / "1.flac", tone(RATE, 0.5, hertz), RATE)
    samples = load_samples(tmp_path)
    assert samples.classes == ("high", "low")
    assert samples.read(0, 2, contract())["sound"].shape == (2, RATE)
    with_axis = contract(shape=(None, RATE, 1))
    assert samples.read(0, 2, with_axis)["sound"].shape == (2, RATE, 1)
