"""Feeding: what an artifact's own contract makes of raw samples, and how that differs from the original's.

Most models that fail on a device were converted rightly and are fed wrongly there. So a comparison prepares each side
by its own contract, and reads the artifact's answers by the artifact's own labels, as its users will.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace
from numpy.typing import NDArray

from edgekit.contract.contract import Contract, InputSpec, OutputSpec
from edgekit.contract.layout import fits
from edgekit.contract.medium import ARRAYS, Medium, lacks_range, medium_of


def fed(ours: Contract, theirs: Contract, inputs: Mapping[str, str]) -> Contract:
    """Return the original's contract with the artifact's preprocessing.

    Args:
        ours: The original's.
        theirs: The artifact's.
        inputs: What each input of the original is called in the artifact.
    """
    return replace(ours, inputs=tuple(_fed(spec, theirs.input(inputs[spec.name])) for spec in ours.inputs))


def _fed(ours: InputSpec, theirs: InputSpec) -> InputSpec:
    changes = {name: setting for name, (_, setting) in _differing(ours, theirs).items()}
    return ours.with_settings(**changes) if changes else ours


def _differing(ours: InputSpec, theirs: InputSpec) -> dict[str, tuple[Any, Any]]:
    """Return the settings of preprocessing in which two inputs differ, with both values."""
    if ours.kind != theirs.kind:
        return {}  # a tensor says nothing of where it comes from
    medium = medium_of(ours)
    names = [name for name in medium.unknown_if_none if None not in _settings(medium, name, ours, theirs)]
    pairs = {name: _settings(medium, name, ours, theirs) for name in (*names, *medium.absent_if_none)}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _settings(medium: Medium, name: str, ours: InputSpec, theirs: InputSpec) -> tuple[Any, Any]:
    """Return a setting of two inputs, its default where one says nothing."""
    default = medium.absent_if_none.get(name)
    first, second = getattr(ours.medium, name), getattr(theirs.medium, name)
    return (default if first is None else first), (default if second is None else second)


def with_floats(contract: Contract) -> Contract:
    """Return a contract whose integer inputs take floats, as sessions do: they quantize by themselves."""
    return replace(
        contract,
        inputs=tuple(replace(spec, dtype="float32") if spec.quantization else spec for spec in contract.inputs),
    )


def completed(ours: Contract, theirs: Contract, inputs: Mapping[str, str], outputs: Mapping[str, str]) -> Contract:
    """Return a contract with what another says of the same inputs and outputs and it does not say itself.

    Args:
        ours: What is to be completed, such as that of a bare file.
        theirs: What says more.
        inputs: What each input is called there.
        outputs: Likewise.
    """
    return replace(
        ours,
        inputs=tuple(_prepared_as(spec, theirs.input(inputs[spec.name])) for spec in ours.inputs),
        outputs=tuple(_meant_as(spec, theirs.output(outputs[spec.name])) for spec in ours.outputs),
    )


def _prepared_as(ours: InputSpec, theirs: InputSpec) -> InputSpec:
    """Return an input that is prepared as another, whose shape it takes where that has its channels elsewhere."""
    if not says_nothing(ours) or says_nothing(theirs):
        return ours
    shape = ours.shape if fits(ours.shape, theirs.shape) else (ours.shape[:1] + theirs.shape[1:])
    return replace(ours, medium=theirs.medium, shape=shape)


def says_nothing(spec: InputSpec) -> bool:
    """Whether an input does not say what raw samples become it."""
    return medium_of(spec).source == ARRAYS or lacks_range(spec)


def _meant_as(ours: OutputSpec, theirs: OutputSpec) -> OutputSpec:
    if ours.labels is not None:
        return ours
    return replace(ours, labels=theirs.labels, meaning=theirs.meaning if ours.meaning == "tensor" else ours.meaning)


def differences(ours: Contract, theirs: Contract, inputs: Mapping[str, str], outputs: Mapping[str, str]) -> list[str]:
    """Return in what two contracts differ that changes answers, as sentences.

    Args:
        ours: The original's.
        theirs: The artifact's.
        inputs: What each input of the original is called in the artifact.
        outputs: Likewise.
    """
    sentences = [
        f"{spec.name}: {name} is {_shown(second)}, the original's {_shown(first)}"
        for spec in ours.inputs
        for name, (first, second) in _differing(spec, theirs.input(inputs[spec.name])).items()
    ]
    for spec in ours.outputs:
        sentences += _output_differences(spec, theirs.output(outputs[spec.name]))
    return sentences


def _output_differences(ours: OutputSpec, theirs: OutputSpec) -> list[str]:
    sentences = []
    if ours.labels is not None and theirs.labels is not None and ours.labels != theirs.labels:
        reordered = sorted(ours.labels) == sorted(theirs.labels)
        sentences.append(f"{ours.name}: {'the labels come in another order' if reordered else 'it has other labels'}")
    if "tensor" not in (ours.meaning, theirs.meaning) and ours.meaning != theirs.meaning:
        sentences.append(f"{ours.name}: gives {theirs.meaning}, the original {ours.meaning}")
    return sentences


def _shown(setting: Any) -> str:
    if isinstance(setting, tuple):
        return "[" + ", ".join(f"{number:g}" for number in setting) + "]"
    return "none" if setting is None else str(setting)


def in_our_order(scores: NDArray[Any], ours: OutputSpec, theirs: OutputSpec) -> NDArray[Any]:
    """Return scores ``[n, classes]`` of an artifact in the order of the original's labels, by the labels' names.

    Where the two have other labels, the scores stay as they are.
    """
    if ours.labels is None or theirs.labels is None or sorted(ours.labels) != sorted(theirs.labels):
        return scores
    if ours.labels == theirs.labels:
        return scores
    return scores[..., [theirs.labels.index(label) for label in ours.labels]]
