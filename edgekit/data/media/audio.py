"""Sounds: decoded, their channels averaged, resampled and fitted to the length that a model takes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, ClassVar

import numpy as np
from msgspec import Meta
from msgspec.structs import replace
from numpy.typing import NDArray

from edgekit.contract.contract import InputSpec
from edgekit.contract.medium import FILES, Medium, Preview
from edgekit.contract.public_description import PublicDescription
from edgekit.contract.settings import MediumSettings, Stated
from edgekit.contract.shape import Shape
from edgekit.data.sound_files import load_sound, read_sound, sound_clip
from edgekit.errors import ModuleError


class Settings(MediumSettings, frozen=True, kw_only=True):
    """What a contract says of a sound.

    Attributes:
        sample_rate: Samples per second that it is brought to.
        resample: Filter that brings it to that rate.
        fit: How it gets the length that the shape says.
    """

    kind: ClassVar[str] = "audio"
    sample_rate: int | None = None
    resample: str | None = None
    fit: str | None = None


class RecipeSettings(MediumSettings, frozen=True, kw_only=True):
    """What a recipe says of a sound.

    Attributes:
        sample_rate: Samples per second that a sound is brought to.
        seconds: Length that a sound is cut or padded to, where the module leaves it free.
    """

    kind: ClassVar[str] = "audio"
    sample_rate: Annotated[int, Meta(ge=1)] | None = None
    seconds: Annotated[float, Meta(gt=0, lt=3600)] | None = None


def settings_of(spec: InputSpec) -> Settings:
    """Return the settings of an input of this medium."""
    assert isinstance(spec.medium, Settings), f"{spec.name} is no sound"
    return spec.medium


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


def _other_rate(spec: InputSpec) -> InputSpec | None:
    rate = settings_of(spec).sample_rate
    return None if rate is None else spec.with_settings(sample_rate=2 * rate)


def _half_rate(_: InputSpec, batch: NDArray[Any]) -> NDArray[Any]:
    """An app that records at half the rate: the sound is over in half the time, and an octave too high."""
    slow = batch[:, ::2]
    return np.pad(slow, [(0, 0), (0, batch.shape[1] - slow.shape[1])])


class Audio(Medium):
    """What sounds need."""

    kind = "audio"
    source = FILES
    suffixes = (".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff", ".au", ".caf", ".w64")
    plural = "sounds"
    tensor = "float32 [?, samples]"
    example = "sound.wav"
    unknown_if_none = ("sample_rate", "resample", "fit")
    prepared_by = ("sample_rate", "resample", "fit")
    portable = ("data/__init__.py", "data/broken_files.py", "data/sound_files.py")
    contract_faults: ClassVar = {"sample rate off": _other_rate}
    # How loud a sound is stays as it is: modules normalize that.
    input_faults: ClassVar = {"sample rate off": _half_rate}

    def with_defaults(self, spec: InputSpec) -> InputSpec:
        """Spell out how sounds are resampled and fitted."""
        return spec.with_settings(resample="soxr HQ", fit="cut, or zeros at the end")

    def with_recipe(self, spec: InputSpec, stated: Stated) -> InputSpec:
        """Add the sample rate, and fix a free length at what the recipe says."""
        if "sample_rate" in stated:
            spec = spec.with_settings(sample_rate=stated["sample_rate"])
        if "seconds" not in stated:
            return spec
        return replace(spec, shape=_with_length(spec, stated["seconds"], stated.get("sample_rate")))

    def fixed(self, spec: InputSpec, handle: str) -> InputSpec:
        """Refuse a free length."""
        del handle
        sound_length(spec)
        return self.with_defaults(spec)

    def check(self, path: Path) -> None:
        """Decode a sound."""
        read_sound(path)

    def load(self, path: Path, spec: InputSpec) -> NDArray[np.float32]:
        """Return a sound at the input's rate and of its length, float32 ``[samples]``."""
        rate = settings_of(spec).sample_rate
        if rate is None:
            raise ModuleError(
                f"the sample rate that input {spec.name!r} expects is not known: "
                f"say it, by sample_rate = 16000 under [inputs.{spec.name}] of the recipe"
            )
        return load_sound(path, rate=rate, length=sound_length(spec))

    def stored(self, spec: InputSpec) -> tuple[tuple[int, ...], str]:
        """Return the length, float32."""
        return (sound_length(spec),), "float32"

    def finish(self, batch: NDArray[Any], spec: InputSpec) -> NDArray[Any]:
        """Return sounds ``[n, samples]`` with the axes of length 1 that ``spec`` has at its end."""
        return batch.reshape(*batch.shape, *spec.shape[2:]).astype(spec.dtype, copy=False)

    def steps(self, spec: InputSpec) -> Iterator[str]:
        """Return in words what becomes of a sound."""
        settings = settings_of(spec)
        yield "a sound, its channels averaged"
        yield f"resampled to {settings.sample_rate} Hz ({settings.resample})"
        yield f"{spec.shape[1]} samples ({settings.fit})"

    def preview(self, path: Path) -> Preview:
        """Return the beginning of a sound."""
        return Preview(sound=sound_clip(path))

    def describe(self, spec: InputSpec) -> PublicDescription:
        """Return the sample rate, if it is known."""
        rate = settings_of(spec).sample_rate
        return PublicDescription() if rate is None else PublicDescription(content="audio", sample_rate=rate)

    def unsaid(self, spec: InputSpec) -> tuple[str, ...]:
        """Return what TFLite Metadata cannot say of a sound."""
        del spec
        return ("by which filter sounds are resampled",)

    def described(self, spec: InputSpec, description: PublicDescription) -> InputSpec | None:
        """Return a sound of the rate that is described."""
        if description.content != "audio" or len(spec.shape) != 2 or description.sample_rate is None:
            return None
        return self.with_defaults(spec.of_medium("audio").with_settings(sample_rate=description.sample_rate))


def _with_length(spec: InputSpec, seconds: float, rate: int | None) -> Shape:
    """Return the shape with the length that a recipe says."""
    if rate is None or len(spec.shape) < 2:
        raise ModuleError(f"[inputs.{spec.name}] seconds needs sample_rate, and an input [n, samples]")
    length = round(seconds * rate)
    if spec.shape[1] not in (None, length):
        raise ModuleError(
            f"[inputs.{spec.name}] seconds = {seconds} at {rate} Hz are {length} samples, but the "
            f"model takes {spec.shape[1]}"
        )
    return (spec.shape[0], length, *spec.shape[2:])


MEDIUM = Audio()
