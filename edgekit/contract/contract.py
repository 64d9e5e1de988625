"""The contract: what goes into a model and what comes out, by name, with the preprocessing spelled out."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from edgekit.contract.settings import MediumSettings
from edgekit.contract.shape import Shape
from edgekit.errors import ModuleError, nearest
from edgekit.system import registry
from edgekit.system.files import JsonObject, write_json

CONTRACT_FILE = "contract.json"
CONTRACT_KEY = "edgekit.contract"
"""Under which an ONNX file's ``metadata_props`` hold it."""
MEDIA = "data.media"
"""The kind of adapters that media are."""


Quantization = Mapping[str, Any]
"""How integers stand for floats: ``{"scale": float, "zero_point": int, "dtype": str}``."""


class InputSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One input of a model.

    Attributes:
        name: Public name, the same in every artifact.
        dtype: NumPy name of the element type.
        shape: Shape with the batch first.
        key: Name of the input in the SavedModel's own signature.
        medium: How a raw sample becomes this tensor: settings of the class that the medium's file defines.
        quantization: Of integer inputs, else None.
    """

    name: str
    dtype: str
    shape: Shape
    key: str
    medium: MediumSettings
    quantization: Quantization | None = None

    def __post_init__(self) -> None:
        """Refuse what no input can be: a contract may come with a file from anywhere.

        Raises:
            ModuleError: It makes no sense.
        """
        if not all(size is None or (type(size) is int and size >= 0) for size in self.shape):
            raise _senseless(self.name, "shape", self.shape)
        field = self.medium.senseless(self.shape)
        if field is not None:
            raise _senseless(self.name, field, self.shape if field == "shape" else getattr(self.medium, field))

    @staticmethod
    def of(
        kind: str,
        *,
        name: str,
        dtype: str,
        shape: Shape,
        key: str,
        quantization: Quantization | None = None,
        **settings: Any,
    ) -> InputSpec:
        """Return an input of a medium that is named, with settings of its own.

        Raises:
            ModuleError: There is no such medium, or a setting is unknown to it or makes no sense.
        """
        if kind not in registry.names(MEDIA):
            raise _senseless(name, "kind", kind)
        try:
            medium = msgspec.convert(settings, registry.load(MEDIA, kind).Settings)
        except msgspec.ValidationError as error:
            field = re.search(r"`\$\.(\w+)", str(error))
            if field is None:
                raise ModuleError(f"input {name!r}, {kind}: {error}") from error
            raise _senseless(name, field[1], settings[field[1]]) from error
        return InputSpec(name=name, dtype=dtype, shape=shape, key=key, medium=medium, quantization=quantization)

    @property
    def kind(self) -> str:
        """Name of the medium: ``image``, ``text``, ``audio`` or ``tensor``."""
        return self.medium.kind

    def with_settings(self, **changes: Any) -> InputSpec:
        """Return the input with other settings of its medium.

        Raises:
            ModuleError: A setting makes no sense.
        """
        return msgspec.structs.replace(self, medium=msgspec.structs.replace(self.medium, **changes))

    def of_medium(self, kind: str) -> InputSpec:
        """Return the input as one of another medium, of whose preprocessing nothing is known yet."""
        if kind == self.kind:
            return self
        return InputSpec.of(
            kind, name=self.name, dtype=self.dtype, shape=self.shape, key=self.key, quantization=self.quantization
        )

    def to_json(self) -> JsonObject:
        """Return the input as JSON values, the medium's settings among its own; what is None is left out."""
        value = {"kind": self.kind, "dtype": self.dtype, "shape": list(self.shape), "key": self.key}
        quantization = {} if self.quantization is None else {"quantization": dict(self.quantization)}
        return {**value, **self.medium.to_json(), **quantization}


def _senseless(name: str, field: str, value: Any) -> ModuleError:
    setting = tuple(value) if isinstance(value, list) else value
    return ModuleError(f"input {name!r}: its {field} is {setting!r}, which makes no sense")


class OutputSpec(msgspec.Struct, frozen=True, kw_only=True):
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
    quantization: Quantization | None = None

    def to_json(self) -> JsonObject:
        """Return the output as JSON values; what is None is left out."""
        value = {"meaning": self.meaning, "dtype": self.dtype, "shape": list(self.shape), "key": self.key}
        labels = {} if self.labels is None else {"labels": list(self.labels)}
        quantization = {} if self.quantization is None else {"quantization": dict(self.quantization)}
        return {**value, **labels, **quantization}


class Contract(msgspec.Struct, frozen=True, kw_only=True):
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
        return self._only("probabilities", "logits")

    @property
    def multilabel(self) -> OutputSpec | None:
        """The output that holds a probability of each label by itself, if there is exactly one such output."""
        return self._only("multilabel")

    @property
    def regression(self) -> OutputSpec | None:
        """The output that holds values, if there is exactly one such output."""
        return self._only("regression")

    def _only(self, *meanings: str) -> OutputSpec | None:
        outputs = [spec for spec in self.outputs if spec.meaning in meanings]
        return outputs[0] if len(outputs) == 1 else None

    def to_json(self) -> JsonObject:
        """Return the contract as JSON values, inputs and outputs keyed by name."""
        return {
            "signature": self.signature,
            **({} if self.batched else {"batched": False}),
            "inputs": {spec.name: spec.to_json() for spec in self.inputs},
            "outputs": {spec.name: spec.to_json() for spec in self.outputs},
        }

    @staticmethod
    def from_json(value: JsonObject) -> Contract:
        """Read what `to_json` wrote.

        Raises:
            ModuleError: A key is missing or unknown.
        """
        try:
            return Contract(
                inputs=tuple(_input_from_json(name, spec) for name, spec in value["inputs"].items()),
                outputs=tuple(_output_from_json(name, spec) for name, spec in value["outputs"].items()),
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


def _input_from_json(name: str, value: JsonObject) -> InputSpec:
    fields = {key: setting for key, setting in value.items() if key not in ("kind", "shape")}
    return InputSpec.of(value["kind"], name=name, shape=tuple(value["shape"]), **fields)


def _output_from_json(name: str, value: JsonObject) -> OutputSpec:
    tuples: JsonObject = {key: tuple(entry) if isinstance(entry, list) else entry for key, entry in value.items()}
    return OutputSpec(name=name, **tuples)
