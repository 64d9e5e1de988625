from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from edgekit.contract.contract import Contract, InputSpec
from edgekit.data.loading import load_samples
from edgekit.data.media.audio import MEDIUM
from edgekit.data.sound_files import fit_length, read_sound, resample_sound, sound_clip
from edgekit.errors import DataError, ModuleError

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


def test_stereo_is_averaged(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "x.wav", np.stack([np.full(100, 0.5), np.full(100, -0.25)], 1), RATE, subtype="FLOAT")
    frames, rate = read_sound(tmp_path / "x.wav")
    assert rate == RATE
    np.testing.assert_allclose(frames, 0.125)


@pytest.mark.parametrize("length", [1, 100, 400])
def test_a_sound_is_cut_or_filled_up_at_its_end(length: int) -> None:
    frames = np.arange(1, 101, dtype=np.float32)
    found = fit_length(frames, length)
    assert len(found) == length
    np.testing.assert_array_equal(found[: min(100, length)], frames[: min(100, length)])
    assert not found[100:].any()


def test_what_lies_above_half_the_rate_is_filtered_out() -> None:
    """Without a filter a tone of 12 kHz would come back as one of 4 kHz."""
    assert np.abs(resample_sound(tone(48000, 0.5, 12000.0), 48000, RATE)[1000:-1000]).max() < 1e-3


@pytest.mark.parametrize("content", [b"", b"RIFF....WAVE", b"OggS" + b"\x00" * 40, b"no sound at all"])
def test_a_broken_sound_is_named(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.wav").write_bytes(content)
    with pytest.raises(DataError, match=r"x\.wav: not a sound that can be read"):
        read_sound(tmp_path / "x.wav")


def test_an_empty_sound_and_one_that_is_not_there(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "x.wav", np.zeros(0, np.float32), RATE)
    with pytest.raises(DataError, match="the sound is empty"):
        read_sound(tmp_path / "x.wav")
    with pytest.raises(DataError, match="not a sound"):
        read_sound(tmp_path / "y.wav")


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


@pytest.mark.parametrize("rate", [8000, 44100])
def test_a_clip_for_a_page(rate: int, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "x.wav", np.stack([tone(rate, 6.0)] * 2, 1), rate)
    kind, _, content = sound_clip(tmp_path / "x.wav").partition(",")
    assert kind == "data:audio/ogg;base64"
    frames, found = soundfile.read(io.BytesIO(base64.b64decode(content)))
    assert (found, frames.shape) == (rate, (4 * rate,))
    assert len(content) < 100_000
