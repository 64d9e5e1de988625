"""A Keras model is called as it is structured, of either Keras, by the names of its inputs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgekit.hub.keras_files import load_keras, model_signature
from edgekit.original.keras_call import keras_call, named_outputs
from edgekit.system.optional import tensorflow

pytestmark = pytest.mark.filterwarnings("ignore")
LEFT, RIGHT = np.full([2, 3], 2, np.float32), np.ones([2, 3], np.float32)


def keras_2() -> Any:
    return tensorflow().keras


def keras_3() -> Any:
    tensorflow()
    import keras

    return keras


def in_dicts(keras: Any) -> Any:
    left, right = keras.Input([3], name="left"), keras.Input([3], name="right")
    total = keras.layers.Subtract(name="difference")([left, right])
    return keras.Model({"right": right, "left": left}, {"minus": total, "again": left})


def in_a_list(keras: Any) -> Any:
    left, right = keras.Input([3], name="left"), keras.Input([3], name="right")
    return keras.Model([right, left], [keras.layers.Subtract(name="minus")([left, right])])


@pytest.mark.parametrize("keras", [keras_2, keras_3])
@pytest.mark.parametrize(("build", "minus"), [(in_dicts, "minus"), (in_a_list, "minus")])
@pytest.mark.parametrize("suffix", [None, ".keras"])
def test_structures(
    keras: Callable[[], Any], build: Callable[[Any], Any], minus: str, suffix: str | None, tmp_path: Path
) -> None:
    model = build(keras())
    if suffix is not None:
        model.save(tmp_path / f"model{suffix}")
        model = load_keras(tmp_path / f"model{suffix}")
    signature = model_signature(model)
    inputs, outputs = ([spec.name for spec in specs] for specs in (signature.inputs, signature.outputs))
    assert set(inputs) == {"left", "right"}
    answer = keras_call(model, inputs, outputs)({"left": LEFT, "right": RIGHT}, False)
    np.testing.assert_array_equal(answer[minus if minus in outputs else outputs[-1]], LEFT - RIGHT)


def test_outputs_without_names_are_numbered() -> None:
    assert named_outputs({"a": 1}) == {"a": 1}
    assert named_outputs([1, 2]) == {"output_0": 1, "output_1": 2}
    assert named_outputs(1) == {"output": 1}
