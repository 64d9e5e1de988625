"""The contract: what goes into a model and what comes out, by name, with the preprocessing spelled out."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from edgekit.errors import ModuleError, nearest
from edgekit.system.files import write_json

Shape = tuple[int | None, ...]
"""A tensor's shape, batch included; None where a size is free."""

CONTRACT_FILE = "contract.json"
CONTRACT_KEY = "edgekit.contract"
"""Under which an ONNX file's ``metadata_props`` hold it."""
KINDS = ("image", "text", "audio", "tensor")
RESIZES = ("bilinear", "nearest", "bicubic", "box", "lanczos", "mediapipe")
"""Filters that resize photos, as Pillow names them, and what MediaPipe does on a CPU."""
PLAIN = ("bilinear", "nearest", "mediapipe")
"""Those that take the nearest pixels only: the first if it is told so, the others always."""
CHANNELS = ("RGB", "BGR")
"""Orders of the colours."""
MOST_PIXELS = 8192
"""The greatest height and width of an image that a model takes."""


@dataclass(frozen=True, kw_only=True)
class InputSpec:
    """One input of a model.

    Attributes:
        name: Public name, the same in every artifact.
        kind: ``image``, ``text``, ``audio`` or ``tensor``: how a raw sample becomes this tensor.
        dtype: NumPy name of the element type.
        shape: Shape with the batch first.
        key: Name of the input in the SavedModel's own signature.
        range: For images, the values that the darkest and the brightest pixel become; None: not known.
        size: For images, height and width in pixels.
        crop: For images, the share of the largest part in the input's aspect ratio that is cut from the middle, such as
            1.0 or 0.875; None: the whole image is stretched.
        resize: For images, the filter that resizes them: one of `edgekit.data.images.RESIZES`.
        antialias: For images, whether the filter covers all pixels when it shrinks them, as Pillow's do.
        channels: For images, the order of the colours, ``RGB`` or ``BGR``; None: RGB.
        mean: For images, what is taken off each channel after the range; in the order of ``channels``.
        std: For images, what each channel is divided by then.
        sample_rate: For sounds, samples per second; None: not known.
        resample: For sounds, the filter that brings them to that rate.
        fit: For sounds, how they get the length that the shape says.
        quantization: For integer inputs ``{"scale": float, "zero_point": int, "dtype": str}``, else None.
    """

    name: str
    kind: str
    dtype: str
    shape: Shape
    key: str
    range: tuple[float, float] | None = None
    size: tuple[int, int] | None = None
    crop: float | None = None
    resize: str | None = None
    antialias: bool | None = None
    channels: str | None = None
    mean: tuple[float, ...] | None = None
    std: tuple[float, ...] | None = None
    sample_rate: int | None = None
    resample: str | None = None
    fit: str | None = None
    quantization: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        """Refuse what no input can be: a contract may come with a file from anywhere.

        Raises:
            ModuleError: It makes no sense.
        """
        sizes = (*(self.size or ()), *(size for size in self.shape[1:3] if size is not None and self.kind == "image"))
        checks = {
            "kind": self.kind in KINDS,
            "shape": all(size is None or (type(size) is int and size >= 0) for size in self.shape),
            "size": self.size is None or (len(self.size) == 2 and all(type(size) is int for size in self.size)),
            "range": self.range is None or (len(self.range) == 2 and self.range[0] < self.range[1]),
            "crop": self.crop is None or 0 < self.crop <= 1,
            "resize": self.resize in (None, *RESIZES),
            "channels": self.channels in (None, *CHANNELS),
            "std": self.std is None
            or (self.mean is not None and len(self.mean) == len(self.std) and min(self.std) > 0),
        }
        wrong = next((name for name, right in checks.items() if not right), None)
        if wrong is None and not all(0 < size <= MOST_PIXELS for size in sizes):
            wrong = "size" if self.size else "shape"
        if wrong is not None:
            raise ModuleError(f"input {self.name!r}: its {wrong} is {getattr(self, wrong)!r}, which makes no sense")


@dataclass(frozen=True, kw_only=True)
class OutputSpec:
    """One output of a model.

    Attributes:
        name: Public name, the same in every artifact.
        meaning: ``probabilities`` or ``logits`` of one class, ``multilabel`` (a probability of each label by itself),
            ``regression`` (values), ``embedding`` or ``tensor``.
        dtype: NumPy name of the element type.
        shape: Shape with the batch first.
        key: Name of the output in the SavedModel's own signature.
        labels: Names of the classes, in the order of the last axis, where the output has classes.
        quantization: As for an input.
    """

    name: str
    meaning: str
    dtype: str
    shape: Shape
    key: str
    labels: tuple[str, ...] | None = None
    quantization: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Contract:
    """All inputs and outputs of a model.

    Attributes:
        inputs: In the order of their names' declaration; always looked up by name.
        outputs: Likewise.
        signature: Key of the SavedModel signature that they belong to.
        batched: Whether the first size of every input counts samples. What a front end makes may count words or frames.
    """

    inputs: tuple[InputSpec, ...]
    outputs: tuple[OutputSpec, ...]
    signature: str = "serving_default"
    batched: bool = True

    def input(self, name: str) -> InputSpec:
        """Return the input called ``name``; `ModuleError` if there is none."""
        return _named(self.inputs, name, "input")

    def output(self, name: str) -> OutputSpec:
        """Return the output called ``name``; `ModuleError` if there is none."""
        return _named(self.outputs, name, "output")

    @property
    def names(self) -> set[str]:
        """Names of all inputs and outputs."""
        return {*(spec.name for spec in self.inputs), *(spec.name for spec in self.outputs)}

    @property
    def classifier(self) -> OutputSpec | None:
        """The output that holds one score per class, if there is exactly one such output."""
        found = [spec for spec in self.outputs if spec.meaning in ("probabilities", "logits")]
        return found[0] if len(found) == 1 else None

    @property
    def multilabel(self) -> OutputSpec | None:
        """The output that holds a probability of each label by itself, if there is exactly one such output."""
        return self._only("multilabel")

    @property
    def regression(self) -> OutputSpec | None:
        """The output that holds values, if there is exactly one such output."""
        return self._only("regression")

    def _only(self, meaning: str) -> OutputSpec | None:
        found = [spec for spec in self.outputs if spec.meaning == meaning]
        return found[0] if len(found) == 1 else None

    def to_json(self) -> dict[str, Any]:
        """Return the contract as JSON values, inputs and outputs keyed by name."""
        return {
            "signature": self.signature,
            **({} if self.batched else {"batched": False}),
            "inputs": {spec.name: _spec_to_json(spec) for spec in self.inputs},
            "outputs": {spec.name: _spec_to_json(spec) for spec in self.outputs},
        }

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> Contract:
        """Read what `to_json` wrote.

        Raises:
            ModuleError: A key is missing or unknown.
        """
        try:
            return Contract(
                inputs=tuple(_spec_from_json(InputSpec, name, spec) for name, spec in value["inputs"].items()),
                outputs=tuple(_spec_from_json(OutputSpec, name, spec) for name, spec in value["outputs"].items()),
                signature=value["signature"],
                batched=value.get("batched", True),
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ModuleError(f"not a contract: {error}; make the model anew with this version of edgekit") from error

    def save(self, folder: Path) -> None:
        """Write the contract beside a SavedModel."""
        write_json(folder / CONTRACT_FILE, self.to_json())

    @staticmethod
    def load(folder: Path, name: str = CONTRACT_FILE) -> Contract:
        """Read the contract beside a SavedModel.

        Raises:
            ModuleError: It cannot be read.
        """
        path = folder / name
        try:
            return Contract.from_json(json.loads(path.read_text()))
        except (OSError, ValueError) as error:
            raise ModuleError(f"cannot read the contract {path}: {error}") from error


Spec = TypeVar("Spec", InputSpec, OutputSpec)


def _named(specs: tuple[Spec, ...], name: str, what: str) -> Spec:
    for spec in specs:
        if spec.name == name:
            return spec
    names = [spec.name for spec in specs]
    raise ModuleError(f"no {what} {name!r}{nearest(name, names)} (the model has: {', '.join(names)})")


def _spec_to_json(spec: InputSpec | OutputSpec) -> dict[str, Any]:
    fields = {key: value for key, value in dataclasses.asdict(spec).items() if value is not None and key != "name"}
    return {key: list(value) if isinstance(value, tuple) else value for key, value in fields.items()}


def _spec_from_json(kind: type[Spec], name: str, value: Mapping[str, Any]) -> Spec:
    tuples: dict[str, Any] = {key: tuple(item) if isinstance(item, list) else item for key, item in value.items()}
    return kind(name=name, **tuples)
