"""Signatures as JSON: by name, with free sizes and free ranks told apart."""

from __future__ import annotations

import json

import pytest

from edgekit.contract.shape import Shape
from edgekit.contract.signature import Signature, TensorSpec


@pytest.mark.parametrize(
    ("shape", "text"),
    [((None, 8, 8, 3), "[null, 8, 8, 3]"), ((4,), "[4]"), ((), "[]"), (None, "null")],
    ids=["free batch", "fixed", "scalar", "free rank"],
)
def test_a_shape_in_json(shape: Shape | None, text: str) -> None:
    spec = TensorSpec(name="x", dtype="float32", shape=shape)
    assert json.dumps(spec.to_json()) == f'{{"dtype": "float32", "shape": {text}}}'


def test_inputs_and_outputs_are_by_name_in_their_order() -> None:
    image, words = (TensorSpec(name=name, dtype="float32", shape=(None,)) for name in ("image", "words"))
    signature = Signature(inputs=(words, image), outputs=(image,))
    json_values = signature.to_json()
    assert list(json_values["inputs"]) == ["words", "image"]
    assert json_values["outputs"] == {"image": image.to_json()}
    assert signature.to_json() != Signature(inputs=(words,), outputs=(image,)).to_json()


def test_a_signature_may_be_empty() -> None:
    assert Signature(inputs=(), outputs=()).to_json() == {"inputs": {}, "outputs": {}}
