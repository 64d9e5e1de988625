"""Photos: decoded upright in RGB, cropped and resized in 8 bits, then scaled as the model wants them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from edgekit.contract.contract import InputSpec
from edgekit.contract.medium import FILES, Medium, Preview
from edgekit.contract.public_description import PublicDescription
from edgekit.contract.settings import Stated
from edgekit.contract.shape import Shape
from edgekit.data.photos import resizing
from edgekit.data.photos.augmentation import AUGMENTATIONS, USUAL_AUGMENTATIONS, augmentation_layers
from edgekit.data.photos.faults import (
    other_filter,
    other_order,
    other_range,
    reversed_colours,
    scaled_twice,
    transposed,
)
from edgekit.data.photos.feedings import COLOUR_FEEDINGS, GREY_FEEDINGS
from edgekit.data.photos.files import open_image, read_image, shorter_side, thumbnail
from edgekit.data.photos.settings import (
    CHANNELS_FIRST,
    PhotoSettings,
    channels_of,
    check_size,
    guessed_layout,
    image_size,
    laid_out,
    settings_of,
    sized,
)
from edgekit.errors import ModuleError

HUB_RANGE = (0.0, 1.0)
"""The range of TensorFlow Hub's common signature for images, taken where a recipe states none."""
SIZES = (256, 512, 1024)
"""Shorter sides of photos, in pixels, between which slices by size lie."""


Settings = RecipeSettings = PhotoSettings


class Image(Medium):
    """What photos need."""

    kind = "image"
    source = FILES
    suffixes = (".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".heic", ".avif")
    takes_unknown_files = True  # Pillow goes by what is in a file
    plural = "photos"
    tensor = "float32 [?, height, width, 3]"
    example = "photo.jpg"
    unknown_if_none = ("range", "size", "resize", "antialias")
    absent_if_none: ClassVar[Mapping[str, Any]] = {"crop": None, "channels": "RGB", "mean": None, "std": None}
    prepared_by = ("size", "crop", "resize", "antialias")
    ranged = sized = True
    native_code = True
    augmentations = AUGMENTATIONS
    usual_augmentations = USUAL_AUGMENTATIONS
    contract_faults: ClassVar = {
        "range off": other_range,
        "channels swapped": other_order,
        "resize method changed": other_filter,
    }
    input_faults: ClassVar = {
        "range off": scaled_twice,
        "channels swapped": reversed_colours,
        "transposed": transposed,
    }

    def guesses(self, dtype: str, shape: Shape) -> bool:
        """Whether there are four axes, the last of three colours, or the second before two longer ones."""
        del dtype
        return len(shape) == 4 and (shape[-1] == 3 or (shape[1] == 3 and guessed_layout(shape) is not None))

    def fits(self, dtype: str, shape: Shape) -> bool:
        """Whether there are four axes."""
        del dtype
        return len(shape) == 4

    def with_defaults(self, spec: InputSpec) -> InputSpec:
        """Spell out the layout, the size, the filter, and whether it antialiases."""
        if settings_of(spec).layout is None and guessed_layout(spec.shape) is not None:
            spec = spec.with_settings(layout=guessed_layout(spec.shape))
        settings = settings_of(spec)
        size, (height, width) = settings.size, settings.sides_of(spec.shape)
        if size is None and height is not None and width is not None:
            size = (height, width)
        resize = settings.resize or resizing.RESIZES[0]
        antialias = resize not in resizing.PLAIN[1:] if settings.antialias is None else settings.antialias
        return spec.with_settings(size=size, resize=resize, antialias=antialias)

    def with_recipe(self, spec: InputSpec, stated: Stated) -> InputSpec:
        """Add what a recipe states, if it goes with the model's channels."""
        layout = stated.get("layout")
        if layout is not None and layout != settings_of(spec).layout:
            spec = spec.with_settings(layout=layout, size=None)  # the sizes were read from other axes
        elif settings_of(spec).layout is None and guessed_layout(spec.shape) is not None:
            spec = spec.with_settings(layout=guessed_layout(spec.shape))
        check_size(spec, stated.get("size"))
        channels = channels_of(spec)
        if "mean" in stated and len(stated["mean"]) != channels:
            raise ModuleError(
                f"[inputs.{spec.name}] mean has {len(stated['mean'])} numbers, the model {channels} channels"
            )
        if "channels" in stated and channels != 3:
            raise ModuleError(f"[inputs.{spec.name}] channels is for images of three colours")
        return super().with_recipe(spec, stated)

    def fixed(self, spec: InputSpec, handle: str) -> InputSpec:
        """Fix the size, and the range at that of TensorFlow Hub's common signature."""
        settings = settings_of(spec)
        try:
            check_size(spec, settings.size)
        except ModuleError as error:
            raise error.within(handle, handle=handle) from None
        spec = self.with_defaults(spec.with_settings(range=settings.range or HUB_RANGE))
        return replace(spec, shape=sized(spec, image_size(spec)))

    def planned_shape(self, spec: InputSpec) -> Shape:
        """Return the shape with height and width as the settings have them."""
        size = settings_of(spec).size
        if size is None:
            return spec.shape
        own = settings_of(spec).sides_of(spec.shape)
        return sized(spec, [side or stated for side, stated in zip(own, size, strict=True)])

    def as_floats(self, spec: InputSpec) -> InputSpec:
        """Return an image of floats whose pixels are 0 to 255, as those of 8 bits are."""
        return super().as_floats(spec if settings_of(spec).range else spec.with_settings(range=(0.0, 255.0)))

    def check(self, path: Path) -> None:
        """Decode a photo."""
        read_image(path)

    def load(self, path: Path, spec: InputSpec) -> NDArray[np.uint8]:
        """Decode a photo and fit it, uint8 ``[height, width, 3]``."""
        return self._fitted(open_image(path), spec)

    def fit(self, pixels: NDArray[np.uint8], spec: InputSpec) -> NDArray[np.uint8]:
        """Crop and resize pixels in RGB, uint8 ``[height, width, 3]``."""
        from PIL import Image  # heavy

        return self._fitted(Image.fromarray(pixels), spec)

    def _fitted(self, image: Any, spec: InputSpec) -> NDArray[np.uint8]:
        settings = settings_of(spec)
        return resizing.fitted(
            image, image_size(spec), crop=settings.crop, resize=settings.resize, antialias=settings.antialias
        )

    def stored(self, spec: InputSpec) -> tuple[tuple[int, ...], str]:
        """Return the size in three colours, uint8."""
        return (*image_size(spec), 3), "uint8"

    def finish(self, batch: NDArray[np.uint8], spec: InputSpec) -> NDArray[Any]:
        """Map pixels 0..255, RGB ``[n, height, width, 3]``, to what ``spec`` asks for, in its layout.

        Raises:
            ModuleError: The range is not known.
        """
        settings = settings_of(spec)
        pixels = resizing.in_channels(batch, channels_of(spec), settings.channels)
        if spec.dtype == "uint8":
            return laid_out(pixels, spec)
        if settings.range is None:
            raise ModuleError(
                f"the range of values that input {spec.name!r} expects is not known: say it, by range = [0.0, 1.0] (or "
                f"[-1.0, 1.0], or [0.0, 255.0]) under [inputs.{spec.name}] of the recipe",
                input=spec.name,
                setting="range",
            )
        values = resizing.scaled(pixels, settings.range, spec.dtype, mean=settings.mean, std=settings.std)
        return laid_out(values, spec)

    def is_raw(self, dtype: np.dtype[Any], shape: Sequence[int]) -> bool:
        """Whether an array is uint8 ``[n, height, width, 3]``."""
        return dtype == np.uint8 and len(shape) == 4 and shape[-1] == 3

    def of_raw(self, batch: NDArray[Any], spec: InputSpec) -> NDArray[Any]:
        """Fit and scale pixels."""
        return self.finish(np.stack([self.fit(pixels, spec) for pixels in batch]), spec)

    def refusal(self, spec: InputSpec, dtype: np.dtype[Any]) -> str | None:
        """Refuse whole numbers where scaled ones are taken."""
        limits = settings_of(spec).range
        if not spec.dtype.startswith("float") or spec.quantization or limits is None or dtype.kind not in "iu":
            return None
        return f"is {dtype}, the model takes {spec.dtype} in the range {list(limits)}: scale the pixels first"

    def values(self, spec: InputSpec) -> tuple[float, float]:
        """Return the range, or [0, 1]."""
        return settings_of(spec).range or (0.0, 1.0)

    def steps(self, spec: InputSpec) -> Iterator[str]:
        """Return in words what becomes of a photo."""
        settings = settings_of(spec)
        yield "a photo, turned upright, in 8 bits of RGB"
        if settings.crop is not None:
            yield f"the middle {settings.crop:g} of it in the input's aspect ratio"
        size = settings.size or settings.sides_of(spec.shape)
        words = f"{settings.resize}{', antialiased' if settings.antialias else ''}"
        yield f"resized to {size[1]} x {size[0]} pixels ({words}{'' if settings.crop else ', stretched'})"
        if settings.channels == "BGR":
            yield "its colours in the order blue, green, red"
        if settings.range is not None:
            yield f"0 to 255 mapped to {settings.range[0]:g} to {settings.range[1]:g}"
        if settings.mean is not None and settings.std is not None:
            yield f"less {list(settings.mean)}, divided by {list(settings.std)}"
        if settings.layout == CHANNELS_FIRST:
            yield "its channels before height and width"

    def preview(self, path: Path) -> Preview:
        """Return a thumbnail."""
        return self.raw_preview(read_image(path))

    def raw_preview(self, sample: NDArray[Any]) -> Preview:
        """Return a thumbnail."""
        return Preview(picture=thumbnail(sample))

    def slices(self, path: Path) -> Mapping[str, str]:
        """Return between which of `SIZES` the shorter side lies."""
        side = shorter_side(path)
        above = [size for size in SIZES if side >= size]
        below = [size for size in SIZES if side < size]
        if not above:
            return {"size": f"below {below[0]} pixels"}
        return {"size": f"{above[-1]} to {below[0] - 1} pixels" if below else f"from {above[-1]} pixels on"}

    def has_native_code(self, spec: InputSpec) -> bool:
        """Whether its channels come last, as the code has them."""
        return settings_of(spec).layout != CHANNELS_FIRST

    def describe(self, spec: InputSpec) -> PublicDescription:
        """Return the colours, and mean and deviation of pixels 0..255, which stand for the range and what follows."""
        settings, grey = settings_of(spec), channels_of(spec) == 1
        if settings.layout == CHANNELS_FIRST:
            return PublicDescription()  # clients would read its height as its channels
        if settings.range is None or not spec.dtype.startswith("float"):
            return PublicDescription(content="image", grey=grey)
        low, high = settings.range
        steps = 255.0 / (high - low)
        mean = tuple((centre - low) * steps for centre in settings.mean or (0.0,))
        std = tuple(spread * steps for spread in settings.std or (1.0,))
        return PublicDescription(content="image", grey=grey, mean=mean, std=std)

    def unsaid(self, spec: InputSpec) -> list[str]:
        """Return what TFLite Metadata cannot say of a photo."""
        settings, reasons = settings_of(spec), list[str]()
        if settings.layout == CHANNELS_FIRST:
            return ["that it is an image, whose channels come before height and width"]
        if settings.resize != "mediapipe":
            reasons.append(f'that photos are resized by {settings.resize}: MediaPipe does as resize = "mediapipe" does')
        if settings.crop is not None:
            reasons.append("that the middle is cropped")
        if settings.channels == "BGR":
            reasons.append("that the colours are in the order BGR")
        if settings.range is None and spec.dtype != "uint8":
            reasons.append("its range, which is not known")
        if spec.quantization is not None and spec.quantization["dtype"] == "int8":
            reasons.append("pixels in int8: MediaPipe takes uint8 and floats")
        return reasons

    def described(self, spec: InputSpec, description: PublicDescription) -> InputSpec | None:
        """Return a photo whose mean and deviation of pixels 0..255 are a range where all channels are alike."""
        if description.content != "image" or len(spec.shape) != 4:
            return None
        image = self.with_defaults(spec.of_medium("image"))
        mean, std = description.mean, description.std
        if not mean or spec.dtype == "uint8":
            return image
        limits = {
            ((0.0 - centre) / spread, (255.0 - centre) / spread) for centre, spread in zip(mean, std, strict=True)
        }
        if len(limits) == 1:
            return image.with_settings(range=limits.pop())
        return image.with_settings(range=(0.0, 255.0), mean=mean, std=std)

    def augmenting(self, spec: InputSpec, names: Sequence[str], seed: int) -> Iterator[Any]:
        """Return Keras's own layers, where the range is known."""
        limits = settings_of(spec).range
        if names and settings_of(spec).layout == CHANNELS_FIRST:
            raise ModuleError(f"input {spec.name!r}: photos are augmented in the layout NHWC only", input=spec.name)
        return iter(()) if limits is None else augmentation_layers(names, limits, seed)

    def feedings(self, spec: InputSpec) -> Mapping[str, Stated]:
        """Return the ranges of usual training, in both orders of colours where there are some."""
        return COLOUR_FEEDINGS if channels_of(spec) == 3 else GREY_FEEDINGS


MEDIUM = Image()
