"""What every precision has to say without contradicting itself."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from edgekit.quantization.precision import Precision, precision, precisions
from edgekit.system import registry


def problems(entry: Precision) -> list[str]:
    """Return what a precision says that does not go together."""
    rules = {
        "it is calibrated, and its activations are floats": not entry.calibrated or entry.integer_activations,
        "it is trained for, and not calibrated": not entry.trained or entry.calibrated,
        "its edges are integers, and what lies between is not": not entry.integer_edges or entry.calibrated,
        "it goes to the Edge TPU with float edges": not entry.edgetpu or entry.integer_edges,
        "its activations are integers, and its weights are not": not entry.integer_activations or entry.integer_weights,
        "it has blocks of no integers": entry.block is None or entry.integer_weights,
        "ops stay float where all are": not entry.tflite.float_ops or entry.calibrated,
        "no format has it": bool(entry.formats),
    }
    return [sentence for sentence, holds in rules.items() if not holds]


@pytest.mark.parametrize("name", registry.names("quantization.precisions"))
def test_a_precision_is_its_file_and_goes_together(name: str) -> None:
    entry = precision(name)
    assert entry.name == name
    assert problems(entry) == []


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("fp32", {"calibrated": True}),
        ("dynamic", {"trained": True}),
        ("dynamic", {"integer_edges": True}),
        ("int8", {"edgetpu": True}),
        ("fp16", {"activation_bits": 8}),
        ("fp16", {"block": 32}),
        ("fp32", {"tflite": precision("int8").tflite}),
        ("w8", {"formats": ()}),
    ],
)
def test_a_contradiction_is_noticed(name: str, changes: dict[str, object]) -> None:
    assert len(problems(replace(precision(name), **changes))) == 1


def test_no_two_have_the_same_place_in_lists() -> None:
    ranks = [entry.rank for entry in precisions()]
    assert ranks == sorted(set(ranks))
