"""Sounds in files: decoded, resampled and fitted, or refused by name."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from edgekit.data import sound_files
from edgekit.data.sound_files import fit_length, load_sound, read_sound, resample_sound, sound_clip
from edgekit.errors import DataError

RATE = 16000


def tone(rate: int, seconds: float, hertz: float = 440.0) -> Any:
    """A sine of half the loudness that there is."""
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(round(rate * seconds)) / rate)).astype(np.float32)


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


@pytest.mark.parametrize("rate", [8000, 44100])
def test_a_clip_for_a_page(rate: int, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "x.wav", np.stack([tone(rate, 6.0)] * 2, 1), rate)
    kind, _, content = sound_clip(tmp_path / "x.wav").partition(",")
    assert kind == "data:audio/ogg;base64"
    frames, found = soundfile.read(io.BytesIO(base64.b64decode(content)))
    assert (found, frames.shape) == (rate, (4 * rate,))
    assert len(content) < 100_000


def test_a_sound_that_is_too_long_is_refused_before_it_is_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    soundfile.write(tmp_path / "x.wav", tone(RATE, 1.5), RATE)
    assert len(read_sound(tmp_path / "x.wav")[0]) == 1.5 * RATE
    monkeypatch.setattr(sound_files, "MAX_SECONDS", 1)
    with pytest.raises(DataError, match=r"x\.wav: 2 seconds are more than 1"):
        read_sound(tmp_path / "x.wav")


@pytest.mark.parametrize("rate", [8000, RATE, 44100])
def test_a_sound_is_brought_to_a_rate_and_a_length(rate: int, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "x.wav", tone(rate, 0.5), rate)
    sound = load_sound(tmp_path / "x.wav", rate=RATE, length=RATE)
    assert (sound.shape, sound.dtype.name) == ((RATE,), "float32")
    middle = slice(RATE // 8, RATE // 2 - RATE // 8)
    np.testing.assert_allclose(sound[middle], tone(RATE, 0.5)[middle], atol=1e-3)
    assert not np.allclose(sound[middle], tone(RATE, 0.5, 466.2)[middle], atol=0.1)  # half a tone higher
    assert not sound[RATE // 2 + 100 :].any()


def test_a_sound_of_that_rate_is_not_touched() -> None:
    frames = tone(RATE, 0.1)
    assert resample_sound(frames, RATE, RATE) is frames


@pytest.mark.parametrize("rate", [8000, 44100])
def test_a_single_frame_can_be_resampled(rate: int) -> None:
    assert fit_length(resample_sound(np.ones(1, np.float32), rate, RATE), 4).shape == (4,)
