"""The code that goes into a bundle for its device, with the contract's numbers: Kotlin for Android, C++ for Linux."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib import resources
from typing import Any

from edgekit.contract.contract import Contract, InputSpec, OutputSpec
from edgekit.contract.medium import medium_of
from edgekit.remote.profiles import load_profile
from edgekit.remote.shim.ages import PER_CHANNEL_DENSE

ANDROID, LINUX = "android", "cpp"


def snippets(device: str, contract: Contract, *, integers: bool = False) -> dict[str, bytes]:
    """Return the files, by their names in the bundle; none for models that take other than one photo.

    Args:
        device: The name of a profile.
        contract: What the model takes and gives.
        integers: Whether the model computes in integers, which takes a newer library.

    Raises:
        EdgekitError: There is no such profile.
    """
    folder = ANDROID if "android" in load_profile(device) else LINUX
    output = contract.classifier or contract.multilabel or contract.regression
    if (
        len(contract.inputs) != 1
        or not medium_of(contract.inputs[0]).has_native_code(contract.inputs[0])
        or output is None
    ):
        return {}
    code = resources.files("edgekit.bundle.code") / folder
    files = {f"{folder}/{resource.name}": resource.read_bytes() for resource in code.iterdir() if resource.is_file()}
    spec = contract.inputs[0]
    declaration = _kotlin(spec, output) if folder == ANDROID else _cpp(spec, output, integers)
    return {**files, f"{folder}/{'Contract.kt' if folder == ANDROID else 'contract.h'}": declaration.encode()}


def _labels(output: OutputSpec) -> list[str]:
    count = output.shape[-1] or 0
    labels = output.labels or tuple(f"class {index}" for index in range(count))
    return [json.dumps(label, ensure_ascii=False).replace("$", "\\$") for label in labels]


def _numbers(spec: InputSpec) -> list[str]:
    settings: Any = spec.medium
    height, width = settings.size or (spec.shape[1], spec.shape[2])
    low, high = settings.range or (0.0, 255.0)
    return [
        str(width),
        str(height),
        str(spec.shape[-1]),
        repr(float(settings.crop or 0)),
        json.dumps(settings.resize or "bilinear"),
        "false" if settings.antialias is False else "true",
        "true" if settings.channels == "BGR" else "false",
        repr(float(low)),
        repr(float(high)),
    ]


def _literals(numbers: Sequence[float] | None) -> str:
    """Return the numbers per channel as both languages write them; none where the model has none."""
    return ", ".join(f"{number!r}" for number in numbers or ())


def _cpp(spec: InputSpec, output: OutputSpec, integers: bool) -> str:
    settings: Any = spec.medium
    sides = [_literals(settings.mean), _literals(settings.std)]
    labels = ",\n    ".join(label.replace("\\$", "$") for label in _labels(output))
    return (
        "// How this model is fed, and what its classes are called: contract.json, as C++.\n#pragma once\n\n"
        '#include <array>\n\n#include "preprocess.h"\n\nnamespace edgekit {\n\n'
        "// width, height, channels, crop, resize, antialias, bgr, low, high, mean, deviation\n"
        f"inline const Feeding kFeeding{{{', '.join(_numbers(spec))}, {{{sides[0]}}}, {{{sides[1]}}}}};\n\n"
        "// Older libraries answer wrongly to weights with a scale per channel, and do not say so.\n"
        f"inline constexpr int kNeedsMinor = {PER_CHANNEL_DENSE[1] if integers else 0};  // of TensorFlow Lite 2\n\n"
        f"inline constexpr std::array<const char*, {len(_labels(output))}> kLabels{{\n    {labels},\n}};\n\n"
        "}  // namespace edgekit\n"
    )


def _kotlin(spec: InputSpec, output: OutputSpec) -> str:
    settings: Any = spec.medium
    sides = [f"doubleArrayOf({_literals(numbers)})" for numbers in (settings.mean, settings.std)]
    labels = ",\n    ".join(_labels(output))
    return (
        "// How this model is fed, and what its classes are called: contract.json, as Kotlin.\npackage edgekit\n\n"
        "// width, height, channels, crop, resize, antialias, bgr, low, high, mean, deviation\n"
        f"val FEEDING = Feeding({', '.join([*_numbers(spec), *sides])})\n\n"
        f"val LABELS = listOf(\n    {labels},\n)\n"
    )
