"""Sounds: decoding, resampling and fitting to length, the one implementation that training and parity share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.contract.contract import InputSpec
from edgekit.errors import DataError, ModuleError
from edgekit.system.optional import require
from edgekit.system.printable import first_line

MAX_SECONDS = 3600
"""The longest sound that is decoded."""

CLIP_SECONDS = 4.0
"""How much of a sound a report plays."""
SUFFIXES = (".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff", ".au", ".caf", ".w64")
"""By these a file is taken for a sound, where nothing else tells."""


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
                raise DataError(f"{path}: {file.frames / rate:.0f} seconds are more than {MAX_SECONDS}")
            frames: NDArray[np.float32] = file.read(dtype="float32", always_2d=True)
    except DataError:
        raise
    except Exception as error:  # soundfile's own errors, and OSError, TypeError for what it cannot open
        raise DataError(f"{path}: not a sound that can be read ({first_line(error, longest=120)})") from error
    if not len(frames):
        raise DataError(f"{path}: the sound is empty")
    return frames.mean(1, dtype=np.float32), rate


def sound_clip(path: Path) -> str:
    """Return the first `CLIP_SECONDS` of a sound, its channels averaged, as a ``data:`` URL of Ogg Vorbis."""
    import base64
    import io

    frames, rate = read_sound(path)
    soundfile = require("soundfile", asked="a sound", extra="audio")
    made = io.BytesIO()
    soundfile.write(made, frames[: int(CLIP_SECONDS * rate)], rate, format="OGG", subtype="VORBIS")
    return f"data:audio/ogg;base64,{base64.b64encode(made.getvalue()).decode()}"


def resample_sound(frames: NDArray[np.float32], rate: int, wanted: int) -> NDArray[np.float32]:
    """Resample ``[frames]`` from one rate to another by soxr's high-quality filter."""
    if rate == wanted:
        return frames
    soxr = require("soxr", asked=f"resampling from {rate} to {wanted} Hz", extra="audio")
    found: NDArray[np.float32] = soxr.resample(frames, rate, wanted, quality="HQ")
    return found.astype(np.float32, copy=False)


def fit_length(frames: NDArray[np.float32], length: int) -> NDArray[np.float32]:
    """Cut ``[frames]`` to ``length``, or fill it up with zeros at its end."""
    if len(frames) >= length:
        return frames[:length]
    return np.concatenate([frames, np.zeros(length - len(frames), np.float32)])


def sound_length(spec: InputSpec) -> int:
    """Return the number of samples that ``spec`` takes.

    Raises:
        ModuleError: Neither the model nor the recipe says.
    """
    if len(spec.shape) < 2 or spec.shape[1] is None or any(size != 1 for size in spec.shape[2:]):
        raise ModuleError(
            f"input {spec.name!r} is {list(spec.shape)}, a sound needs a fixed length [n, samples]: "
            f"say it, by seconds = 1.0 under [inputs.{spec.name}]"
        )
    return spec.shape[1]


def load_sound(path: Path, spec: InputSpec) -> NDArray[np.float32]:
    """Return a sound as an input takes it: its rate, its length, float32 ``[samples]``.

    Raises:
        DataError: It cannot be read.
        ModuleError: The sample rate or the length is not known.
    """
    if spec.sample_rate is None:
        raise ModuleError(
            f"the sample rate that input {spec.name!r} expects is not known: "
            f"say it, by sample_rate = 16000 under [inputs.{spec.name}] of the recipe"
        )
    frames, rate = read_sound(path)
    return fit_length(resample_sound(frames, rate, spec.sample_rate), sound_length(spec))


def shaped(frames: NDArray[Any], spec: InputSpec) -> NDArray[Any]:
    """Return sounds ``[n, samples]`` with the axes of length 1 that ``spec`` has at its end."""
    return frames.reshape(*frames.shape, *spec.shape[2:]).astype(spec.dtype, copy=False)
