"""Sounds in files: decoding, resampling and fitting to length, the one implementation that all share.

A bundle takes this file along, so it imports nothing of edgekit but errors and optional packages.
"""

from __future__ import annotations

import base64
import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edgekit.data.broken_files import broken_file
from edgekit.errors import DataError
from edgekit.system.optional import require
from edgekit.system.printable import reason_of

MAX_SECONDS = 3600
"""The longest sound that is decoded."""

CLIP_SECONDS = 4.0
"""How much of a sound a report plays."""


def read_sound(path: Path) -> tuple[NDArray[np.float32], int]:
    """Decode a sound of any format that libsndfile reads; channels are averaged.

    Returns:
        Samples in [-1, 1], float32 ``[frames]``, and the sample rate in Hz.

    Raises:
        DataError: It is not there, is broken, empty, or longer than `MAX_SECONDS`.
        MissingExtraError: The extra ``audio`` is not installed.
    """
    soundfile = require("soundfile", asked=f"reading {path.name}", extra="audio")
    try:
        with soundfile.SoundFile(str(path)) as file:
            rate = int(file.samplerate)
            if file.frames > MAX_SECONDS * rate:
                raise broken_file(path, f"{file.frames / rate:.0f} seconds are more than {MAX_SECONDS}")
            frames: NDArray[np.float32] = file.read(dtype="float32", always_2d=True)
    except DataError:
        raise
    except Exception as error:  # soundfile's own errors, and OSError, TypeError for what it cannot open
        raise broken_file(path, f"not a sound that can be read ({reason_of(error, longest=120)})") from error
    if not len(frames):
        raise broken_file(path, "the sound is empty")
    return frames.mean(1, dtype=np.float32), rate


def sound_clip(path: Path) -> str:
    """Return the first `CLIP_SECONDS` of a sound, its channels averaged, as a ``data:`` URL of Ogg Vorbis."""
    frames, rate = read_sound(path)
    soundfile = require("soundfile", asked="a sound", extra="audio")
    buffer = io.BytesIO()
    soundfile.write(buffer, frames[: int(CLIP_SECONDS * rate)], rate, format="OGG", subtype="VORBIS")
    return f"data:audio/ogg;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def resample_sound(frames: NDArray[np.float32], rate: int, target: int) -> NDArray[np.float32]:
    """Resample ``[frames]`` from one rate to another by soxr's high-quality filter."""
    if rate == target:
        return frames
    soxr = require("soxr", asked=f"resampling from {rate} to {target} Hz", extra="audio")
    resampled: NDArray[np.float32] = soxr.resample(frames, rate, target, quality="HQ")
    return resampled.astype(np.float32, copy=False)


def fit_length(frames: NDArray[np.float32], length: int) -> NDArray[np.float32]:
    """Cut ``[frames]`` to ``length``, or fill it up with zeros at its end."""
    if len(frames) >= length:
        return frames[:length]
    return np.concatenate([frames, np.zeros(length - len(frames), np.float32)])


def load_sound(path: Path, *, rate: int, length: int) -> NDArray[np.float32]:
    """Return a sound at a sample rate in Hz, ``length`` samples of it, float32 ``[length]``; raises as `read_sound`."""
    frames, own_rate = read_sound(path)
    return fit_length(resample_sound(frames, own_rate, rate), length)
