"""Feeding: what an artifact's own contract makes of raw samples, and how that differs from the original's.

Most models that fail on a device were converted rightly and are fed wrongly there. So a comparison prepares each side
by its own contract, and reads the artifact's answers by the artifact's own labels, as its users will.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from numpy.typing import NDArray

from edgekit.contract.contract import Contract, InputSpec, OutputSpec

SAID = ("range", "size", "resize", "antialias", "sample_rate", "resample", "fit")
"""Fields where None means that nothing is known."""
MEANT = ("crop", "channels", "mean", "std")
"""Fields where None means that nothing of the kind is done."""
DEFAULTS = {"channels": "RGB"}


def fed(ours: Contract, theirs: Contract, inputs: Mapping[str, str]) -> Contract:
    """Return the original's contract with the artifact's preprocessing.

    Args:
        ours: The original's.
        theirs: The artifact's.
        inputs: What each input of the original is called in the artifact.
    """
    return replace(ours, inputs=tuple(_fed(spec, theirs.input(inputs[spec.name])) for spec in ours.inputs))


def _fed(ours: InputSpec, theirs: InputSpec) -> InputSpec:
    return replace(ours, **{name: value for name, (_, value) in _differing(ours, theirs).items()})


def _differing(ours: InputSpec, theirs: InputSpec) -> dict[str, tuple[Any, Any]]:
    """Return the fields of preprocessing in which two inputs differ, with both values."""
    if ours.kind != theirs.kind:
        return {}  # a tensor says nothing of where it comes from
    known = [name for name in SAID if None not in (getattr(ours, name), getattr(theirs, name))]
    pairs = {name: (_meant(ours, name), _meant(theirs, name)) for name in (*known, *MEANT)}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _meant(spec: InputSpec, name: str) -> Any:
    value = getattr(spec, name)
    return DEFAULTS.get(name) if value is None else value


def with_floats(contract: Contract) -> Contract:
    """Return a contract whose integer inputs take floats, as sessions do: they quantize by themselves."""
    return replace(
        contract,
        inputs=tuple(replace(spec, dtype="float32") if spec.quantization else spec for spec in contract.inputs),
    )


def differences(ours: Contract, theirs: Contract, inputs: Mapping[str, str], outputs: Mapping[str, str]) -> list[str]:
    """Return in what two contracts differ that changes answers, as sentences.

    Args:
        ours: The original's.
        theirs: The artifact's.
        inputs: What each input of the original is called in the artifact.
        outputs: Likewise.
    """
    found = [
        f"{spec.name}: {name} is {_shown(second)}, the original's {_shown(first)}"
        for spec in ours.inputs
        for name, (first, second) in _differing(spec, theirs.input(inputs[spec.name])).items()
    ]
    for spec in ours.outputs:
        other = theirs.output(outputs[spec.name])
        if spec.labels is not None and other.labels is not None and spec.labels != other.labels:
            same = sorted(spec.labels) == sorted(other.labels)
            found.append(f"{spec.name}: {'the labels come in another order' if same else 'it has other labels'}")
        if "tensor" not in (spec.meaning, other.meaning) and spec.meaning != other.meaning:
            found.append(f"{spec.name}: gives {other.meaning}, the original {spec.meaning}")
    return found


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(f"{each:g}" for each in value) + "]"
    return "none" if value is None else str(value)


def in_our_order(values: NDArray[Any], ours: OutputSpec, theirs: OutputSpec) -> NDArray[Any]:
    """Return scores ``[n, classes]`` of an artifact in the order of the original's labels, by the labels' names.

    Where the two have other labels, the scores stay as they are.
    """
    if ours.labels is None or theirs.labels is None or sorted(ours.labels) != sorted(theirs.labels):
        return values
    if ours.labels == theirs.labels:
        return values
    return values[..., [theirs.labels.index(label) for label in ours.labels]]
